"""At which steps anything is due: a schedule asked once for many steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from prunelab.schedules import PruningSchedule

__all__ = ["AnyLookahead", "Lookahead"]

# Steps that are looked up at once: a question a step would cost a small model a tenth of its speed.
_AHEAD = 4096
# And those of them that are told of together.
_TOLD = 256


class Lookahead:
    """The steps at which a schedule changes masks, and how much it then keeps.

    Args:
        schedule: The schedule. One that answers a step at a time is asked at that step, so that it
            may look at what has happened by then.

    Attributes:
        schedule: The same.
    """

    def __init__(self, schedule: PruningSchedule) -> None:
        self.schedule = schedule
        self._first = self._known = 0
        self._due: list[bool] = []
        self._sparsity: list[float] = []
        self._density: list[np.float32] = []

    def due(self, step: int) -> bool:
        """Whether masks change at a step (from 1)."""
        if not 0 <= step - self._first < self._known:
            self._look(step)
        return self._due[step - self._first]

    def is_due(self, step: int) -> bool:
        """The same of a step for which `due` was asked last; the schedule is not asked again."""
        return self._due[step - self._first]

    def sparsity(self, step: int) -> float:
        """The sparsity that is asked for at a step for which `due` was asked last."""
        return self._sparsity[step - self._first]

    def density(self, step: int) -> np.float32:
        """The share of weights to keep at a step for which `due` was asked last."""
        return self._density[step - self._first]

    def ahead(self, step: int) -> Iterator[tuple[int, np.float32]]:
        """Steps at which masks change, and the shares then kept, as far as they are known.

        Args:
            step: The first of them, for which `due` was asked last.
        """
        for place in range(step - self._first, min(len(self._due), step - self._first + _TOLD)):
            if self._due[place]:
                yield self._first + place, self._density[place]

    def _look(self, step: int) -> None:
        steps = self.schedule.ahead(step, _AHEAD)
        self._first = step
        due, sparsity = self.schedule.on(steps)
        self._due, self._sparsity = due.tolist(), sparsity.tolist()
        if self.schedule.vectorised:
            self._known = len(steps)
            self._density = list(self.schedule.density(steps))
        else:
            # It may answer otherwise when a resumed run asks again, and it may count its calls.
            self._known = 0
            self._density = list(np.float32(1.0) - sparsity)


class AnyLookahead:
    """The steps at which any of several schedules changes masks."""

    def __init__(self, turns: Iterable[Lookahead]) -> None:
        self._turns = list(turns)

    def due(self, step: int) -> bool:
        """Whether masks change at a step (from 1)."""
        # All are asked: each then answers for its density at this step.
        return any([turns.due(step) for turns in self._turns])
