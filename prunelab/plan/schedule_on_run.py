"""A schedule laid on the real steps of a run: what it will do there. NumPy only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from prunelab.errors import UsageError
from prunelab.schedules.base import (
    BoolArray,
    Float32Array,
    PruningSchedule,
    begin_of,
    number_of,
)

__all__ = ["MISS", "MOST_STEPS", "IntArray", "ScheduleOnRun", "steps_per_epoch"]

IntArray = npt.NDArray[np.int64]

# Less than this is no difference of sparsity: what float32 and ties may leave.
MISS = 5e-4

# More would not fit into memory beside a training: roughly 300 epochs of ImageNet take.
MOST_STEPS = 20_000_000


def steps_per_epoch(samples: int, batch_size: int) -> int:
    """Batches in one epoch; the last one may be smaller than `batch_size`."""
    return math.ceil(samples / batch_size)


@dataclass(frozen=True)
class ScheduleOnRun:
    """What a schedule does on the steps of one run.

    A schedule whose update steps follow from its parameters is evaluated at them alone: a run of
    millions of steps costs little until `grid` or `scheduled` is read.

    Attributes:
        schedule: The schedule, or None for a run that prunes nothing.
        steps: Steps (batches) of the whole run, counted from 1.
        steps_per_epoch: Steps of one epoch.

    Raises:
        UsageError: for no steps, or more than `MOST_STEPS`.
    """

    schedule: PruningSchedule | None
    steps: int
    steps_per_epoch: int

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= MOST_STEPS:
            raise UsageError(
                f"a run of {self.steps:,} steps is not one of 1 to {MOST_STEPS:,}: "
                "use other epochs or another batch_size"
            )

    @property
    def epochs(self) -> int:
        """Epochs that the run begins."""
        return math.ceil(self.steps / self.steps_per_epoch)

    @cached_property
    def grid(self) -> IntArray:
        """The steps themselves: 1 to `steps`."""
        return np.arange(1, self.steps + 1)

    @cached_property
    def update_steps(self) -> IntArray:
        """The steps at which masks change, ascending."""
        if self.schedule is None:
            return np.empty(0, np.int64)
        if self._is_evaluated_on_grid:
            return self.grid[self._answers[0]]
        return self.schedule.update_steps(self.steps)

    @cached_property
    def update_sparsity(self) -> Float32Array:
        """The scheduled sparsity at each of `update_steps`."""
        if self.schedule is None:
            return np.empty(0, np.float32)
        if self._is_evaluated_on_grid:
            return self._answers[1][self._answers[0]]
        return self.schedule.on(self.update_steps)[1]

    @cached_property
    def scheduled(self) -> Float32Array:
        """The scheduled sparsity at every step: 0 before the schedule begins, shape `(steps,)`."""
        return self.scheduled_at(self.grid)

    def scheduled_at(self, steps: IntArray) -> Float32Array:
        """The scheduled sparsity at some steps: 0 before the schedule begins.

        Args:
            steps: Steps of the run, counted from 1, in any order and shape.

        Returns:
            The sparsities, of the shape of `steps`.
        """
        if self.schedule is None:
            return np.zeros(steps.shape, np.float32)
        on_grid = self._is_evaluated_on_grid
        level = self._answers[1][steps - 1] if on_grid else self.schedule.on(steps)[1]
        begin = begin_of(self.schedule)
        return np.where(steps >= begin, level, np.float32(0.0))

    def masks_at(self, steps: IntArray) -> Float32Array:
        """The sparsity that the masks have at some steps.

        Args:
            steps: Steps of the run, counted from 1, in any order and shape.

        Returns:
            The sparsity of the last mask update at or before each of `steps`, and 0 before the
            first; of the shape of `steps`.
        """
        places = np.searchsorted(self.update_steps, steps, side="right")
        if self.schedule is None or not len(self.update_steps):
            return np.zeros(steps.shape, np.float32)
        # Before the first update, any answer will do.
        last = np.maximum(places - 1, 0)
        if self._is_evaluated_on_grid:
            held = self.update_sparsity[last]
        else:
            held = self.schedule.on(self.update_steps[last])[1]
        return np.where(places > 0, held, np.float32(0.0))

    @property
    def reached(self) -> float:
        """The sparsity that the last mask update leaves: 0 where nothing is pruned."""
        return float(self.masks_at(np.array([self.steps]))[0])

    @property
    def summary(self) -> str:
        """What the schedule does to this run, in one line of plain text."""
        if self.schedule is None:
            return f"No pruning: {self.steps:,} steps of the model as it is, as a baseline."
        count = len(self.update_steps)
        if not count:
            return (
                f"Nothing will be pruned: no mask update falls in the run's {self.steps:,} steps. "
                "Begin earlier, lower the frequency, or train longer."
            )
        first, last = int(self.update_steps[0]), int(self.update_steps[-1])
        updates = "1 mask update" if count == 1 else f"{count:,} mask updates"
        left = self.steps - last
        target = number_of(self.schedule, "final_sparsity") or 0.0
        missed = f" of the {target:.2%} asked for" if self.reached < target - MISS else ""
        return (
            f"{updates}, first at step {first:,}, last at step {last:,} of {self.steps:,}; "
            f"reaches {self.reached:.2%} sparsity{missed} and leaves {left:,} steps to recover."
        )

    @property
    def _is_evaluated_on_grid(self) -> bool:
        """Whether update steps are known only from the answers at every step, which are kept."""
        kind = PruningSchedule if self.schedule is None else type(self.schedule)
        return kind.update_steps is PruningSchedule.update_steps

    @cached_property
    def _answers(self) -> tuple[BoolArray, Float32Array]:
        """What such a schedule answers on the whole grid."""
        assert self.schedule is not None
        return self.schedule.on(self.grid)
