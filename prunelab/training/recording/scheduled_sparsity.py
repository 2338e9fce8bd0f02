"""The sparsity that pruning was asked for at each step."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.pruning import PruneLowMagnitude

__all__ = ["ScheduledSparsity"]

# Steps for which a schedule is asked at once: beside a training that takes all cores, a question
# for the few steps of each look would be a third of what collecting them costs.
_AHEAD = 1024


class ScheduledSparsity:
    """What the schedule of a `fit` says, for many steps at once.

    A schedule that answers a step at a time may look at what has happened by then, so it is asked
    by pruning alone, at the step itself; its answers are kept here.

    Args:
        pruning: What prunes the model, or None.
    """

    def __init__(self, pruning: PruneLowMagnitude | None) -> None:
        self._pruning = pruning
        self._before = self.step
        single = pruning is not None and not all(
            schedule.vectorised for schedule in pruning.chosen.schedules
        )
        self._answers: dict[int, float] | None = {} if single else None
        self._known: dict[int, float] = {}

    @property
    def step(self) -> int:
        """The step of pruning, which goes on where an earlier `fit` ended; 0 without pruning."""
        return self._pruning.step if self._pruning is not None else 0

    def note(self) -> None:
        """Keeps the answer for the step of pruning; to be called between any two of its steps."""
        if self._answers is None or self.step == self._before:
            return
        assert self._pruning is not None
        asked, step = 0.0, self.step
        for weight in self._pruning.weights:
            if step >= getattr(weight.schedule, "begin_step", 0):
                asked += weight.lookahead.sparsity(step) * weight.size
        self._answers[step] = asked / sum(weight.size for weight in self._pruning.weights)

    def at(self, steps: npt.NDArray[Any]) -> list[float | None]:
        """The sparsity at some steps of pruning, ascending; a step is asked for once.

        Returns:
            Fractions; 0 before pruning begins, None where it did not answer.
        """
        if self._pruning is None:
            return [0.0] * len(steps)
        if self._answers is not None:
            return [self._answers.pop(step, None) for step in steps.tolist()]
        if not all(step in self._known for step in steps.tolist()):
            self._look(int(steps[0]), int(steps[-1]))
        return [self._known[step] for step in steps.tolist()]

    def _look(self, first: int, last: int) -> None:
        """Asks the schedule for steps of pruning, and for some more."""
        assert self._pruning is not None
        schedule = self._pruning.schedule
        steps = schedule.ahead(first, max(_AHEAD, last - first + 1))
        begun = steps >= getattr(schedule, "begin_step", 0)
        sparsity = np.where(begun, schedule.on(steps)[1], 0.0)
        self._known = dict(zip(steps.tolist(), sparsity.tolist(), strict=True))
