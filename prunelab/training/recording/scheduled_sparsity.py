"""The sparsity that pruning was asked for at each step."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.pruning import PruneLowMagnitude
from prunelab.pruning.session.update_record import UpdateRecord
from prunelab.schedules.base import begin_of

__all__ = ["ScheduledSparsity"]

# Steps for which a schedule is evaluated at once: beside a training that takes all cores, doing so
# for the few steps of each look would be a third of what collecting them costs.
_AHEAD = 1024


class ScheduledSparsity:
    """What the schedule of a `fit` says, for many steps at once.

    A schedule that answers a step at a time may look at what has happened by then, so it is asked
    by pruning alone, at the step itself; the records of pruning say what it answered.

    Args:
        pruning: What prunes the model, or None.
    """

    def __init__(self, pruning: PruneLowMagnitude | None) -> None:
        self._pruning = pruning
        self._is_recorded = pruning is not None and pruning.assignment.answers_step_by_step
        self._recorded: dict[int, float] = {}
        self._known: dict[int, float] = {}

    @property
    def step(self) -> int:
        """The step of pruning, which goes on where an earlier `fit` ended; 0 without pruning."""
        return self._pruning.step if self._pruning is not None else 0

    def note(self, record: UpdateRecord) -> None:
        """Notes what pruning did at a step."""
        if self._is_recorded:
            self._recorded[record.step] = record.scheduled_sparsity

    def at(self, steps: npt.NDArray[Any]) -> list[float | None]:
        """The sparsity at some steps of pruning, ascending; a step is asked for once.

        Returns:
            Fractions; 0 before pruning begins, None where it did not answer.
        """
        if self._pruning is None:
            return [0.0] * len(steps)
        if self._is_recorded:
            return [self._recorded.pop(step, None) for step in steps.tolist()]
        if not all(step in self._known for step in steps.tolist()):
            self._evaluate(self._pruning, int(steps[0]), int(steps[-1]))
        return [self._known[step] for step in steps.tolist()]

    def _evaluate(self, pruning: PruneLowMagnitude, first: int, last: int) -> None:
        """Asks the schedule for steps of pruning, and for some more."""
        schedule = pruning.schedule
        steps = schedule.ahead(first, max(_AHEAD, last - first + 1))
        has_begun = steps >= begin_of(schedule)
        sparsity = np.where(has_begun, schedule.on(steps)[1], 0.0)
        self._known = dict(zip(steps.tolist(), sparsity.tolist(), strict=True))
