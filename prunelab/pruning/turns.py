"""At which steps anything is due: a schedule asked once for many steps."""

from __future__ import annotations

import numpy as np

from prunelab.schedules import PruningSchedule

__all__ = ["Turns"]

# Steps that are looked up at once: a question a step would cost a small model a tenth of its speed.
_AHEAD = 4096


class Turns:
    """The steps at which a schedule changes masks, and how much it then keeps.

    Args:
        schedule: The schedule. One that answers a step at a time is asked at that step, so that it
            may look at what has happened by then.
    """

    def __init__(self, schedule: PruningSchedule) -> None:
        self._schedule = schedule
        self._first = 0
        self._due: list[bool] = []
        self._density: list[np.float32] = []

    def due(self, step: int) -> bool:
        """Whether masks change at a step (from 1)."""
        if not 0 <= step - self._first < len(self._due):
            self._look(step)
        return self._due[step - self._first]

    def density(self, step: int) -> np.float32:
        """The share of weights to keep at a step for which `due` was asked last."""
        return self._density[step - self._first]

    def _look(self, step: int) -> None:
        ahead = _AHEAD if self._schedule.vectorised else 1
        if self._schedule.last_step is not None:
            ahead = max(min(ahead, self._schedule.last_step - step + 1), 1)
        steps = np.arange(step, step + ahead)
        self._first = step
        self._due = self._schedule.on(steps)[0].tolist()
        self._density = list(self._schedule.density(steps))
