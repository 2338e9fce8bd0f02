"""The sparsity that pruning was asked for at each step."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.pruning import PruneLowMagnitude

__all__ = ["Scheduled"]


class Scheduled:
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
                asked += weight.turns.sparsity(step) * weight.size
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
        schedule = self._pruning.schedule
        begun = steps >= getattr(schedule, "begin_step", 0)
        return list(np.where(begun, schedule.on(steps)[1], 0.0).tolist())
