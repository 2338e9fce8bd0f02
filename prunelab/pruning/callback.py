"""`PruneLowMagnitude`: magnitude pruning as one Keras 3 callback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from prunelab.errors import PrunelabError, UsageError
from prunelab.pruning.chosen import Chosen
from prunelab.pruning.rules import Rules
from prunelab.pruning.selection import Selector
from prunelab.pruning.train_step import Layer, TrainStep, is_wrapped, unwrap, wrap
from prunelab.pruning.turns import AnyTurns, Turns
from prunelab.pruning.weights import PrunedWeight
from prunelab.schedules import PruningSchedule, ScheduleByLayer

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
        schedule: When masks change, and to what sparsity. Or a mapping of choices, each as for
            `layers` (several in a tuple), to schedules: the first choice that matches a weight
            wins, and weights that none matches are not pruned.
        layers: What is pruned; None for every kernel that can be. A layer or nested model; the
            name or path of a layer, or the path of a weight; a regular expression that matches one
            of these as a whole; a function that answers True for a layer; or a list of those.
        scope: "layer", where each weight reaches the scheduled sparsity by itself, or "global":
            one threshold over all of them. A layer may then lose nearly everything, but its
            largest weight always stays.
        distribution: "uniform", or "erk" (Erdos-Renyi-Kernel, Evci et al. 2020, arXiv 1911.11134):
            large layers become sparser than small ones, and all together reach the sparsity.
        criterion: "magnitude", or "random": as many weights, but in an order of chance that stays
            the same throughout. The control that tells what magnitude is worth.
        seed: Of that order.
        block_size: Rows and columns that are kept or dropped together, in kernels of 2 dimensions.
        block_pooling_type: "AVG" or "MAX": a block's magnitude. Both as in the reference.
        sparsity_m_by_n: `(m, n)`: m zeros in every n neighbours along the input channels, in the
            reference's layout, for kernels of 2 or 4 dimensions. Unlike there, the zeros follow
            the schedule: at sparsity s they are s * n, rounded, and at most m.

    Raises:
        UsageError: for a value outside its range, or two that exclude each other; in `fit`, for
            a choice that matches nothing or names what cannot be pruned, a weight that the
            structure does not fit, and `steps_per_execution` above 1.
        NothingToPrune: in `fit`, where the model has no weight to prune (see `prunable_kernels`).
        PrunelabError: in `fit`, at an update where a weight is NaN or infinite. All masks are then
            as they were, since every one is chosen before any is put in place.

    Source: semantics of `prune_low_magnitude` in tensorflow_model_optimization 0.8.1.
    """

    def __init__(
        self,
        schedule: PruningSchedule | Mapping[Any, PruningSchedule],
        *,
        layers: Any = None,
        scope: str = "layer",
        distribution: str = "uniform",
        criterion: str = "magnitude",
        seed: int = 0,
        block_size: Sequence[int] = (1, 1),
        block_pooling_type: str = "AVG",
        sparsity_m_by_n: Sequence[int] | None = None,
    ) -> None:
        self.chosen = Chosen(schedule, layers)
        self._rules = Rules.of(
            self.chosen.mapped,
            scope=scope,
            distribution=distribution,
            criterion=criterion,
            seed=seed,
            block_size=block_size,
            block_pooling_type=block_pooling_type,
            sparsity_m_by_n=sparsity_m_by_n,
        )
        super().__init__()
        self.schedule = self.chosen.schedule
        self.step = 0
        self.weights: list[PrunedWeight] = []
        self._each = {id(one): Turns(one) for one in self.chosen.schedules}
        self._turns = (
            AnyTurns(self._each.values()) if self.chosen.mapped else self._each[id(self.schedule)]
        )
        # The default is chosen without a detour: a small model would notice one.
        self._plain = self._rules.plain and not self.chosen.mapped
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
        pairs = self.chosen.kernels(self.model)
        if [id(weight.kernel) for weight in self.weights] != [id(kernel) for kernel, _ in pairs]:
            self._begin(pairs)
        object.__setattr__(self.model, _PLACE, self)
        wrap(self.model, Layer.MASK, self._masked)

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Counts the step and, where the schedule says so, chooses the masks anew."""
        self.step += 1
        self._updated = self._turns.due(self.step)
        if self._updated:
            # All masks are chosen before any changes: an error leaves everything as it was.
            try:
                chosen = self._choose([weight.values() for weight in self.weights])
            except PrunelabError as error:
                self._name_broken(error)
                raise
            for weight, mask, threshold in chosen:
                weight.put(mask, threshold)

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

    def _begin(self, pairs: list[tuple[Any, PruningSchedule]]) -> None:
        for kernel, _ in pairs:
            self._rules.check(kernel.path, kernel.shape)
        self.step = 0
        self.weights = [
            PrunedWeight(kernel, self._each[id(schedule)]) for kernel, schedule in pairs
        ]
        if isinstance(self.schedule, ScheduleByLayer):
            self.schedule.count((weight.schedule, weight.size) for weight in self.weights)

    def _choose(
        self, values: list[npt.NDArray[Any]]
    ) -> list[tuple[PrunedWeight, npt.NDArray[np.bool_], float]]:
        """The masks of this step, and the thresholds, of the weights whose turn it is.

        Args:
            values: What all the weights are, in their order.
        """
        if self._plain:
            (turns,) = self._each.values()
            density = turns.density(self.step)
            return [
                (weight, *weight.choose(value, density, self._selector))
                for weight, value in zip(self.weights, values, strict=True)
            ]
        due = [place for place, weight in enumerate(self.weights) if weight.turns.due(self.step)]
        chosen = self._rules.masks(
            [values[place] for place in due],
            [self.weights[place].turns.density(self.step) for place in due],
            due,
            self._selector,
        )
        return [(self.weights[place], *one) for place, one in zip(due, chosen, strict=True)]

    def _name_broken(self, error: PrunelabError) -> None:
        """Raises an error anew with the path of the first weight that is not finite, if one is."""
        for weight in self.weights:
            if not np.isfinite(weight.values()).all():
                raise PrunelabError(f"{weight.path}: {error}") from error

    def _masked(self, step: TrainStep) -> TrainStep:
        """The training step with the masks applied before it."""

        def masked_train_step(data: Any) -> Any:
            self.apply_masks()
            return step(data)

        return masked_train_step
