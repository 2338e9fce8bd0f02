"""What leaves a model while it is pruned is masked, whoever saves it, whatever the order."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.keras_internals.layer_parts import all_layers, own_variables
from prunelab.keras_internals.method_patch import MethodPatch
from prunelab.pruning.backend import Backend
from prunelab.pruning.checkpoint.state_file import PruningState, add_state, can_hold
from prunelab.pruning.mid_step import MidStep
from prunelab.pruning.pruned_weights import PrunedWeight, PrunedWeights

__all__ = ["MaskedExports", "Masks"]

# The mask and the threshold of every weight.
Masks = list[tuple[npt.NDArray[np.bool_], float]]

# What runs or hands out a model as it is; validation inside `fit` goes by `evaluate`, too.
_MASKED_METHODS = ("export", "evaluate", "predict", "test_on_batch", "predict_on_batch")


class MaskedExports:
    """Masks what leaves a model by any of its methods, from the beginning of `fit` to its end.

    So it does for the models and layers inside it. The live weights stay as they are: a save of a
    single batch must not change the training. Files of the whole model get the pruning state
    besides, where they are of a kind that can hold it.

    Args:
        model: The model.
        weights: What of it is pruned.
        backend: What computes it.
        state: Returns the pruning state as it is now.
        calls: Whether calls of the model between two batches are masked here, too.

    Attributes:
        is_resting: Whether the weights are left as they are: between the epochs of a loop of the
            user's own, which may never say that it is over.
        mid_step: Knows whether a training step is under way.
    """

    def __init__(
        self,
        model: Any,
        weights: PrunedWeights,
        backend: Backend,
        state: Callable[[], PruningState],
        calls: bool,
    ) -> None:
        self.is_resting = self._is_masked = self._is_in_call = False
        self.mid_step = MidStep(model)
        self._weights = weights
        self._backend = backend
        self._state = state
        self._model = model
        # Arrays that `get_weights` returned; while one is alive, it may come back by `set_weights`.
        self._returned: list[tuple[weakref.ref[Any], Masks]] = []
        self._patches: list[MethodPatch] = []
        pruned = {id(weight.kernel) for weight in weights}
        for layer in all_layers(model):
            if layer is model or any(id(variable) in pruned for variable in layer.weights):
                self._patch(layer, pruned, calls)

    def _patch(self, layer: Any, pruned: set[int], calls: bool) -> None:
        import keras

        patch = MethodPatch(layer)
        self._patches.append(patch)
        patch.replace("get_weights", partial(self._get_weights, layer))
        if calls:
            ids = {id(variable) for variable in layer.weights}
            held = [weight for weight in self._weights if id(weight.kernel) in ids]
            patch.replace("call", partial(self._call, held))
        if isinstance(layer, keras.Model):
            for name in _MASKED_METHODS:
                patch.replace(name, self._mask_for)
            save = self._save if layer is self._model else self._mask_for
            for name in ("save", "save_weights"):
                patch.replace(name, save)
        trainable, fixed = own_variables(layer)
        if any(id(variable) in pruned for variable in (*trainable, *fixed)):
            # Keras's own functions, such as `keras.saving.save_model(model, path)`, ask each layer.
            patch.replace("save_own_variables", self._mask_for)

    def close(self) -> None:
        """Leaves the model with its own methods."""
        self.mid_step.close()
        for patch in self._patches:
            patch.restore()

    def masks_given_with(self, values: list[Any]) -> Masks | None:
        """The masks of the time at which `get_weights` returned these very arrays."""
        for reference, masks in self._returned:
            array = reference()
            if array is not None and any(value is array for value in values):
                return masks
        return None

    def _save(self, own: Callable[..., Any], filepath: Any, *args: Any, **kwargs: Any) -> Any:
        path = Path(filepath) if isinstance(filepath, str | os.PathLike) else None
        before = _stamp(path)
        with self._masked():
            result = own(filepath, *args, **kwargs)
        # Keras may have asked whether to overwrite, and been answered no.
        changed = path is not None and _stamp(path) != before
        if path is not None and changed and can_hold(path) and self._masks_are_current():
            add_state(path, self._state())
        return result

    def _mask_for(self, own: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with self._masked():
            return own(*args, **kwargs)

    def _call(
        self, held: list[PrunedWeight], own: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> Any:
        # What is called first masks all that it holds.
        if self._is_in_call or self._is_masked:
            return own(*args, **kwargs)
        self._is_in_call = True
        try:
            if self.mid_step.is_open:
                self.mid_step.mask(held)
                return own(*args, **kwargs)
            if not self._backend.is_tracing():
                return self._mask_for(own, *args, **kwargs)
            return own(*args, **kwargs)
        finally:
            self._is_in_call = False

    def _get_weights(self, layer: Any, own: Callable[..., Any]) -> list[Any]:
        values: list[Any] = own()
        if not self._masks_are_current():
            return values
        masks = [(weight.mask(), weight.threshold) for weight in self._weights]
        mask_of = {
            id(weight.kernel): mask for weight, (mask, _) in zip(self._weights, masks, strict=True)
        }
        numbers = [number for number, one in enumerate(layer.weights) if id(one) in mask_of]
        for number in numbers:
            mask = mask_of[id(layer.weights[number])]
            values[number] = np.where(mask, values[number], np.zeros_like(values[number]))
        if layer is self._model:
            alive = [one for one in self._returned if one[0]() is not None]
            self._returned = [*alive, (weakref.ref(values[numbers[0]]), masks)]
        return values

    def _masks_are_current(self) -> bool:
        """Whether the masks are those of the weights; a loop may have gone on without them."""
        return not self.is_resting or not any(
            weight.variable.values()[~weight.mask()].any() for weight in self._weights
        )

    @contextmanager
    def _masked(self) -> Iterator[None]:
        """The weights are masked, and then again as they were."""
        if self.is_resting:
            yield
            return
        if self._is_masked:
            # Within an evaluation, say, where a callback may have put other weights in place.
            self._weights.apply_masks()
            yield
            return
        values = [weight.kernel.numpy() for weight in self._weights]
        self._weights.apply_masks()
        self._is_masked = True
        try:
            yield
        finally:
            self._is_masked = False
            for weight, value in zip(self._weights, values, strict=True):
                weight.kernel.assign(value)


def _stamp(path: Path | None) -> tuple[int, int, int] | None:
    if path is None or not path.is_file():
        return None
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size
