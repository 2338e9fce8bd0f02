"""`PruneLowMagnitude`: magnitude pruning as one Keras 3 callback."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from prunelab.errors import NothingToPrune, UsageError
from prunelab.pruning.prunable import prunable_kernels
from prunelab.pruning.selection import Selector
from prunelab.pruning.train_step import Layer, TrainStep, is_wrapped, unwrap, wrap
from prunelab.pruning.turns import Turns
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

    A second `fit` of the same model with the same callback goes on where the first one ended, in
    steps and masks; a new callback begins anew.

    Args:
        schedule: When masks change, and to what sparsity.

    Raises:
        UsageError: for a schedule that is none; in `fit`, for `steps_per_execution` above 1.
        NothingToPrune: in `fit`, where the model has no weight to prune (see `prunable_kernels`).

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

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Finds what to prune and puts the masks into the model's training step."""
        if self.model.steps_per_execution != 1:
            raise UsageError(
                f"steps_per_execution={self.model.steps_per_execution} would skip mask updates: "
                "compile the model with steps_per_execution=1"
            )
        kernels = prunable_kernels(self.model)
        if not kernels:
            raise NothingToPrune(
                f"model {self.model.name!r} has no kernel to prune: "
                "add a Dense, Conv, recurrent or Embedding layer, or leave the callback out"
            )
        if [id(weight.kernel) for weight in self.weights] != [id(kernel) for kernel in kernels]:
            self._begin(kernels)
        object.__setattr__(self.model, _PLACE, self)
        wrap(self.model, Layer.MASK, self._masked)

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Counts the step and, where the schedule says so, chooses the masks anew."""
        self.step += 1
        self._updated = self._turns.due(self.step)
        if self._updated:
            density = self._turns.density(self.step)
            for weight in self.weights:
                weight.update(density, self._selector)

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

    def apply_masks(self) -> None:
        """Sets every dropped weight to zero, now."""
        for weight in self.weights:
            weight.apply()

    def _begin(self, kernels: list[Any]) -> None:
        self.step = 0
        self.weights = [PrunedWeight(kernel) for kernel in kernels]

    def _masked(self, step: TrainStep) -> TrainStep:
        """The training step with the masks applied before it."""

        def masked_train_step(data: Any) -> Any:
            self.apply_masks()
            return step(data)

        return masked_train_step
