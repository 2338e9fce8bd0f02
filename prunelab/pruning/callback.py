"""`PruneLowMagnitude`: magnitude pruning as one Keras 3 callback."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from prunelab.errors import NothingToPrune, UsageError
from prunelab.pruning.instead import Instead
from prunelab.pruning.prunable import prunable_kernels
from prunelab.pruning.saving import Outlet, put_back, state_of
from prunelab.pruning.selection import Selector
from prunelab.pruning.state import PruningState, add_state, can_hold, read_state
from prunelab.pruning.train_step import Layer, TrainStep, is_wrapped, unwrap, wrap
from prunelab.pruning.turns import Turns
from prunelab.pruning.ways import Way, choose_in_graph, way_of
from prunelab.pruning.weights import PrunedWeight
from prunelab.schedules import PruningSchedule

__all__ = ["PruneLowMagnitude", "pruning_of"]


# Where a model keeps the callback that prunes it, so that a recorder beside it needs no wiring.
_PLACE = "_prunelab_pruning"


def pruning_of(model: Any) -> PruneLowMagnitude | None:
    """The callback that prunes a model in its current `fit`, if there is one."""
    return vars(model).get(_PLACE) if is_wrapped(model, Layer.MASK) else None


class PruneLowMagnitude(keras.callbacks.Callback):
    """Sets the weights of smallest magnitude to zero while a model trains.

    `model.fit(x, y, callbacks=[PruneLowMagnitude(schedule)])` is all: the model stays what it is,
    and what it saves holds plain weights. At every batch, in this order: the step goes up by one
    (the first batch is step 1); if the schedule says so, the masks are chosen anew from the
    weights as they are; masked weights become zero; the batch trains, with gradients for all
    weights, so that a dropped weight may return at a later update. Evaluation, the end of an epoch
    and the end of training see masked weights.

    The masks are applied inside the model's own compiled `train_step`, which costs far less than
    a second call into TensorFlow a batch.

    What is saved while `fit` runs is masked too, by whichever callback and in whatever order, and
    without a change to the training. A `.keras` or `.weights.h5` file saved then holds the pruning
    state besides: `PruneLowMagnitude(schedule).restore(path)` goes on from it, and
    `keras.callbacks.BackupAndRestore` does so by itself.

    A second `fit` of the same model with the same callback goes on where the first one ended, in
    steps and masks; a new callback begins anew.

    Args:
        schedule: When masks change, and to what sparsity.

    Raises:
        UsageError: for a schedule that is none; in `fit`, for `steps_per_execution` above 1
            together with `jit_compile=True` or several replicas.
        NothingToPrune: in `fit`, where the model has no Dense or Conv kernel.

    Source: semantics of `prune_low_magnitude` in tensorflow_model_optimization 0.8.1.
    """

    def __init__(self, schedule: PruningSchedule) -> None:
        if not isinstance(schedule, PruningSchedule):
            raise UsageError(
                f"schedule={schedule!r} is not a PruningSchedule: use ConstantSparsity(0.5, 0), say"
            )
        super().__init__()
        self.schedule = schedule
        self.step = 0
        self.weights: list[PrunedWeight] = []
        self._turns = Turns(schedule)
        self._selector = Selector()
        self._updated = False
        self._way = Way.STEP
        self._batch = 0
        self._restored: PruningState | None = None
        self._loading: Instead | None = None
        self._instead: Instead | None = None
        self._outlet: Outlet | None = None

    @property
    def masks(self) -> dict[str, npt.NDArray[np.bool_]]:
        """The masks by variable path: bool, of the kernel's shape, True where a weight is kept."""
        return {weight.path: weight.kept() for weight in self.weights}

    @property
    def sparsity(self) -> float:
        """Fraction of all prunable weights that the masks drop."""
        total = sum(weight.size for weight in self.weights)
        dropped = sum(weight.sparsity * weight.size for weight in self.weights)
        return dropped / total if total else 0.0

    @property
    def updated(self) -> bool:
        """Whether the masks changed at the current step."""
        return self._updated

    def restore(self, path: str | os.PathLike[str]) -> PruneLowMagnitude:
        """Goes on in the next `fit` where a saved file was: in steps, masks and dropped weights.

        Args:
            path: A file that a pruned model was saved to during `fit`, or by `save_state`. The
                model itself is loaded by Keras, and passed `initial_epoch` where that is due.

        Returns:
            This callback.

        Raises:
            UsageError: where the file holds no pruning state; in `fit`, where it is that of
                another model.
        """
        state = read_state(Path(path))
        if state is None:
            raise UsageError(
                f"{os.fspath(path)!r} holds no pruning state: save the model during fit, by "
                "ModelCheckpoint say, or call save_state(path) on the pruning callback"
            )
        self._restored = state
        return self

    def save_state(self, path: str | os.PathLike[str]) -> None:
        """Puts the pruning state into the file of a model that was saved after `fit`.

        Args:
            path: A `.keras` or `.weights.h5` file without pruning state.

        Raises:
            UsageError: where the file is none of these, or holds pruning state already, and
                before the first `fit`.
        """
        file = Path(path)
        if not self.weights:
            raise UsageError("there is no pruning state before fit: call save_state after it")
        if not can_hold(file) or read_state(file) is not None:
            raise UsageError(
                f"{os.fspath(path)!r} cannot take pruning state: save the model to a new .keras "
                "or .weights.h5 file first"
            )
        add_state(file, self._state())

    def set_model(self, model: Any) -> None:
        """Listens for weights that another callback loads as training begins."""
        super().set_model(model)
        if self._loading is not None:
            self._loading.take_back()
        # Before any callback begins: BackupAndRestore may stand before this one in the list.
        self._loading = Instead(model)
        self._loading.put("load_weights", self._load_weights)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Finds what to prune and puts the masks into the model's training step."""
        self._way = way_of(self.model, known=self.params.get("steps") is not None)
        kernels = prunable_kernels(self.model)
        if not kernels:
            raise NothingToPrune(
                f"model {self.model.name!r} has no Dense or Conv kernel to prune: "
                "add such a layer, or train without the pruning callback"
            )
        if [id(weight.kernel) for weight in self.weights] != [id(kernel) for kernel in kernels]:
            self._begin(kernels)
        self._put_back()
        self._close()
        self._outlet = Outlet(self.model, self.weights, self._state)
        self._instead = Instead(self.model)
        self._instead.put("set_weights", self._set_weights)
        # Every epoch ends with it, before any callback hears of that: what callbacks before this
        # one see and save is what those after it do.
        self._instead.put("_get_metrics_result_or_logs", self._epoch_over)
        object.__setattr__(self.model, _PLACE, self)
        wrap(self.model, Layer.MASK, self._masked, self._close)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """All callbacks have begun: what is loaded from here on is no resumption."""
        assert self._loading is not None
        self._loading.take_back()

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Counts the step and, where the schedule says so, chooses the masks anew."""
        self._batch = batch
        if self._way is Way.GRAPH:
            return
        if self._count():
            density = self._turns.density(self.step)
            for weight in self.weights:
                weight.update(density, self._selector)
        if self._way is Way.HOST:
            self.apply_masks()

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Evaluation inside `fit` sees masked weights."""
        self.apply_masks()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """What is saved at the end of an epoch holds masked weights."""
        self.apply_masks()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Leaves the model with masked weights and its own training step."""
        self.apply_masks()
        unwrap(self.model, Layer.MASK)
        del self.model.__dict__[_PLACE]
        assert self._instead is not None
        assert self._loading is not None
        self._loading.take_back()
        if self._outlet is not None and self._outlet.is_awaited:
            # An EarlyStopping after this one may still bring back an earlier epoch.
            self._outlet.close()
            self._instead.take_back("_get_metrics_result_or_logs")
        else:
            self._close()

    def apply_masks(self) -> None:
        """Sets every dropped weight to zero, now."""
        for weight in self.weights:
            weight.apply()

    def _begin(self, kernels: list[Any]) -> None:
        self.step = 0
        self.weights = [PrunedWeight(kernel) for kernel in kernels]

    def _close(self) -> None:
        """Leaves the model with its own methods."""
        if self._outlet is not None:
            self._outlet.close()
            self._outlet = None
        if self._instead is not None:
            self._instead.take_back()

    def _state(self) -> PruningState:
        # The last batch of an epoch is followed by the masks, and by no selection before them.
        steps = (self.params or {}).get("steps")
        last = steps is not None and self._batch + self.model.steps_per_execution >= steps
        return state_of(self.step, self.weights, masked=last)

    def _put_back(self) -> None:
        if self._restored is not None:
            put_back(self._restored, self.weights)
            self.step = self._restored.step
            self._restored = None

    def _load_weights(
        self, own: Callable[..., Any], filepath: Any, *args: Any, **kwargs: Any
    ) -> None:
        own(filepath, *args, **kwargs)
        state = read_state(Path(filepath))
        if state is not None:
            self._restored = state
            if self._outlet is not None:
                self._put_back()

    def _set_weights(self, own: Callable[..., Any], values: list[Any]) -> None:
        own(values)
        masks = self._outlet.masks_given_with(values) if self._outlet is not None else None
        if not is_wrapped(self.model, Layer.MASK):
            # After the end of training it was left for this one call.
            self._close()
        if masks is None:
            return
        before = self.sparsity
        for weight, (mask, threshold) in zip(self.weights, masks, strict=True):
            weight.adopt(mask, threshold)
        if self.sparsity != before:
            warnings.warn(
                f"the weights that were brought back are of sparsity {self.sparsity:.3f}, not "
                f"{before:.3f}: their masks came back with them",
                stacklevel=4,
            )

    def _epoch_over(self, own: Callable[..., Any], logs: Any) -> Any:
        self.apply_masks()
        return own(logs)

    def _count(self) -> bool:
        self.step += 1
        self._updated = self._turns.due(self.step)
        return self._updated

    def _choose(self, values: list[npt.NDArray[Any]]) -> list[npt.NDArray[np.bool_]]:
        density = self._turns.density(self.step)
        return [
            weight.choose(value, density, self._selector)
            for weight, value in zip(self.weights, values, strict=True)
        ]

    def _masked(self, step: TrainStep) -> TrainStep:
        """The training step with the masks applied before it."""
        if self._way is Way.HOST:
            return step

        def masked_train_step(data: Any) -> Any:
            if self._way is Way.GRAPH:
                choose_in_graph(data, self.weights, self._count, self._choose)
            self.apply_masks()
            return step(data)

        return masked_train_step
