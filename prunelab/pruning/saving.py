"""What leaves a model while it is pruned is masked, whoever saves it, whatever the order."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.errors import UsageError
from prunelab.pruning.instead import Instead
from prunelab.pruning.state import PruningState, WeightState, add_state, can_hold
from prunelab.pruning.weights import Choice, PrunedWeights

__all__ = ["Masks", "Outlet", "put_back", "state_of"]

# The mask and the threshold of every weight.
Masks = list[tuple[npt.NDArray[np.bool_], float]]


def state_of(step: int, weights: PrunedWeights, masked: bool) -> PruningState:
    """The pruning state as it is.

    Args:
        step: The step that was reached.
        weights: All weights under pruning.
        masked: Whether the masks count as applied already, so that what was dropped is zero.
    """
    states = []
    for weight in weights:
        mask, values = weight.kept(), np.asarray(weight.kernel.numpy())
        dropped = values[~mask]
        if masked:
            dropped = np.zeros_like(dropped)
        states.append(WeightState(weight.path, mask, weight.threshold, dropped))
    return PruningState(step, states)


def put_back(state: PruningState, weights: PrunedWeights) -> None:
    """Puts masks, thresholds and what they had dropped back into a model's weights.

    Raises:
        UsageError: where the state is that of other weights; they are not touched then.
    """
    theirs = [weight.mask.shape for weight in state.weights]
    ours = [weight.shape for weight in weights]
    if theirs != ours:
        raise UsageError(
            f"the pruning state is for weights of shapes {theirs}, the model has {ours}: "
            "resume with the model that it was saved from"
        )
    for weight, saved in zip(weights, state.weights, strict=True):
        values = np.array(weight.kernel.numpy())
        values[~saved.mask] = np.frombuffer(saved.dropped.tobytes(), values.dtype)
        weight.kernel.assign(values)
    weights.put(
        [
            Choice(weight, saved.mask, saved.threshold)
            for weight, saved in zip(weights, state.weights, strict=True)
        ]
    )


# What runs or hands out the model as it is; validation inside `fit` goes by `evaluate`, too.
_SEEN_BY = ("export", "evaluate", "predict", "test_on_batch", "predict_on_batch")


class Outlet:
    """Stands at every way by which weights leave a model, from the beginning of `fit` to its end.

    The live weights stay as they are: a save of a single batch must not change the training. Files
    get the pruning state besides, where they are of a kind that can hold it.

    Args:
        model: The model.
        weights: What of it is pruned.
        state: Gives the pruning state as it is now.

    Attributes:
        is_closed: Whether the model has its own methods again.
        is_resting: Whether the weights are left as they are: between the epochs of a loop of the
            user's own, which may never say that it is over.
    """

    def __init__(
        self, model: Any, weights: PrunedWeights, state: Callable[[], PruningState]
    ) -> None:
        self.is_closed = self.is_resting = False
        self._weights = weights
        self._state = state
        self._instead = Instead(model)
        self._model = model
        # Arrays that were handed out, by whose being alive somebody may still bring them back.
        self._given: list[tuple[weakref.ref[Any], Masks]] = []
        for name in ("save", "save_weights"):
            self._instead.put(name, self._save)
        for name in _SEEN_BY:
            self._instead.put(name, self._show)
        self._instead.put("get_weights", self._get_weights)
        # Keras's own functions, such as `keras.saving.save_model(model, path)`, ask each layer.
        self._layers = [Instead(layer) for layer in _owners(model, weights)]
        for layer in self._layers:
            layer.put("save_own_variables", self._show)

    @property
    def is_awaited(self) -> bool:
        """Whether anybody holds weights that were handed out, and might bring them back."""
        return any(reference() is not None for reference, _ in self._given)

    def close(self) -> None:
        """Leaves the model with its own methods."""
        self.is_closed = True
        for instead in (self._instead, *self._layers):
            instead.take_back()

    def masks_given_with(self, values: list[Any]) -> Masks | None:
        """The masks of the time at which `get_weights` gave these very arrays."""
        for reference, masks in self._given:
            array = reference()
            if array is not None and any(value is array for value in values):
                return masks
        return None

    def _save(self, own: Callable[..., Any], filepath: Any, *args: Any, **kwargs: Any) -> Any:
        path = Path(filepath) if isinstance(filepath, str | os.PathLike) else None
        before = _stamp(path)
        with self._masked():
            result = own(filepath, *args, **kwargs)
        # Keras may have asked whether to overwrite, and been told not to.
        changed = path is not None and _stamp(path) != before
        if path is not None and changed and can_hold(path) and self._holds():
            add_state(path, self._state())
        return result

    def _show(self, own: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with self._masked():
            return own(*args, **kwargs)

    def _get_weights(self, own: Callable[..., Any]) -> list[Any]:
        values: list[Any] = own()
        if not self._holds():
            return values
        masks = [(weight.kept(), weight.threshold) for weight in self._weights]
        kept = {
            id(weight.kernel): mask for weight, (mask, _) in zip(self._weights, masks, strict=True)
        }
        places = [place for place, one in enumerate(self._model.weights) if id(one) in kept]
        for place in places:
            mask = kept[id(self._model.weights[place])]
            values[place] = np.where(mask, values[place], np.zeros_like(values[place]))
        alive = [given for given in self._given if given[0]() is not None]
        self._given = [*alive, (weakref.ref(values[places[0]]), masks)]
        return values

    def _holds(self) -> bool:
        """Whether the masks are those of the weights; a loop may have gone on without them."""
        return not self.is_resting or not any(
            weight.values()[~weight.kept()].any() for weight in self._weights
        )

    @contextmanager
    def _masked(self) -> Iterator[None]:
        """The weights are masked, and then again as they were."""
        if self.is_resting:
            yield
            return
        values = [weight.kernel.numpy() for weight in self._weights]
        self._weights.apply()
        try:
            yield
        finally:
            for weight, value in zip(self._weights, values, strict=True):
                weight.kernel.assign(value)


def _owners(model: Any, weights: PrunedWeights) -> list[Any]:
    """The layers whose own variables are pruned."""
    pruned = {id(weight.kernel) for weight in weights}
    return [
        layer
        for layer in model._flatten_layers(include_self=False)
        if any(id(variable) in pruned for variable in layer._trainable_variables)
    ]


def _stamp(path: Path | None) -> tuple[int, int, int] | None:
    if path is None or not path.is_file():
        return None
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size
