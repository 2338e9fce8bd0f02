"""`Levels`: what the schedules have in common that hold one sparsity until the next."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from prunelab.schedules.base import Float32Array
from prunelab.schedules.dataclass_schedule import DataclassSchedule

__all__ = ["MOST_LEVELS", "Levels", "Table"]

Table = list[tuple[int, float]]

# More are no plan of anybody's, and a table of them would take memory of its own.
MOST_LEVELS = 100_000


class Levels(DataclassSchedule):
    """Sparsity that jumps at certain steps and is held between them.

    A subclass is a frozen dataclass that answers `_table`. Masks change exactly at its steps; a
    first one at 0 counts as 1, because steps are counted from 1. Before the first the sparsity is
    0, and after the last it is held for ever.
    """

    vectorised: ClassVar[bool] = True

    def __call__(self, step: Any) -> tuple[Any, Any]:
        """Bool and float32 of the shape of `step` (see `PruningSchedule`)."""
        steps = np.asarray(step)
        starts, levels = self._arrays
        place = np.searchsorted(starts, steps, side="right")
        # The first level, 0, has no start: no step is at -1.
        since = steps - np.concatenate([[-1], starts])[place]
        due = since == 0
        every = self._repeat_every()
        if every:
            due = due | ((since % every == 0) & (place > 0))
        return np.asarray(due)[()], levels[place][()]

    def update_steps(self, steps: int) -> npt.NDArray[np.int64]:
        """The steps of the table, without asking at every step of the run."""
        if type(self).__call__ is not Levels.__call__:
            return super().update_steps(steps)
        starts = np.unique(self._arrays[0])
        every = self._repeat_every()
        if every:
            ends = [*starts[1:].tolist(), max(steps, int(starts[-1])) + 1]
            parts = [np.arange(a, b, every) for a, b in zip(starts.tolist(), ends, strict=True)]
            starts = np.concatenate(parts)
        return starts[starts <= steps]

    @property
    def held_from(self) -> int:
        """The step from which the last sparsity of the table is held."""
        return max(self._table()[-1][0], 1)

    @abstractmethod
    def _table(self) -> Table:
        """Steps, ascending, and the sparsity from each of them on."""

    def _repeat_every(self) -> int:
        """Every so many steps after a jump masks are chosen anew at its sparsity; 0 is never."""
        return 0

    @cached_property
    def _arrays(self) -> tuple[npt.NDArray[np.int64], Float32Array]:
        """The steps of the table, and the sparsity before and from each of them."""
        steps, sparsity = zip(*self._table(), strict=True)
        starts = np.maximum(np.array(steps, dtype=np.int64), 1)
        return starts, np.array([0.0, *sparsity], dtype=np.float32)
