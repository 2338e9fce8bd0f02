"""What schedules ask for at a step, each evaluated once for many steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from prunelab.schedules import PruningSchedule

__all__ = ["NO_STEP", "Lookahead", "ScheduledStep", "ScheduledSteps", "at_step"]

# Steps for which a schedule is evaluated at once, to stay within the step budget.
_AHEAD = 4096
# And those of them whose densities are given together.
_DENSITIES = 256


class ScheduledStep(NamedTuple):
    """What one schedule asks for at one step.

    Attributes:
        is_due: Whether masks change.
        sparsity: The fraction of weights to drop.
        density: The fraction of weights to keep, as the reference computes it.
    """

    is_due: bool
    sparsity: float
    density: np.float32


class ScheduledSteps(NamedTuple):
    """What all schedules of a callback ask for at one step.

    Attributes:
        step: The step, from 1.
        is_due: Whether any mask changes.
        of: What each of them asks for, in their order.
    """

    step: int
    is_due: bool
    of: Sequence[ScheduledStep]


# Before the first step.
NO_STEP = ScheduledSteps(0, False, ())


class Lookahead:
    """A schedule, evaluated ahead of the training.

    Args:
        schedule: The schedule. One that answers a step at a time is asked at that step, so that it
            may look at what has happened by then.

    Attributes:
        schedule: The same.
    """

    def __init__(self, schedule: PruningSchedule) -> None:
        self.schedule = schedule
        self._first = self._known = 0
        self._is_due: list[bool] = []
        self._sparsity: list[float] = []
        self._density: list[np.float32] = []

    def at(self, step: int) -> ScheduledStep:
        """What the schedule asks for at a step (from 1)."""
        if not 0 <= step - self._first < self._known:
            self._evaluate(step)
        place = step - self._first
        return ScheduledStep(self._is_due[place], self._sparsity[place], self._density[place])

    def densities(self, step: int) -> Iterator[tuple[int, np.float32]]:
        """The update steps from a step on and the densities at them, as far as they are known.

        Args:
            step: The first step, of a schedule that is `vectorised`.
        """
        if not 0 <= step - self._first < self._known:
            self._evaluate(step)
        first = step - self._first
        for place in range(first, min(self._known, first + _DENSITIES)):
            if self._is_due[place]:
                yield self._first + place, self._density[place]

    def _evaluate(self, step: int) -> None:
        steps = self.schedule.ahead(step, _AHEAD)
        self._first = step
        is_due, sparsity = self.schedule.on(steps)
        self._is_due, self._sparsity = is_due.tolist(), sparsity.tolist()
        if self.schedule.vectorised:
            self._known = len(steps)
            self._density = list(self.schedule.density(steps))
        else:
            # It may answer otherwise when a resumed run asks again, and it may count its calls.
            self._known = 0
            self._density = list(np.float32(1.0) - sparsity)


def at_step(lookaheads: Sequence[Lookahead], step: int) -> ScheduledSteps:
    """What several schedules ask for at a step (from 1); each of them is asked."""
    of = [lookahead.at(step) for lookahead in lookaheads]
    return ScheduledSteps(step, any([one.is_due for one in of]), of)
