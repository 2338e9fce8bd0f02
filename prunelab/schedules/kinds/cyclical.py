"""`Cyclical`: a ramp again and again, each from the start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from prunelab.errors import UsageError
from prunelab.schedules.base import Float32Array
from prunelab.schedules.curve import Curve, Float64Array, between
from prunelab.schedules.values.validation import LARGEST_STEP, whole_of

__all__ = ["Cyclical"]


@dataclass(frozen=True)
class Cyclical(Curve):
    """Repeats the cubic ramp from `initial_sparsity` to `final_sparsity`, once a cycle.

    `s(q) = final + (initial - final) * (1 - q) ** 3`, where `q` goes from 0 to 1 within each of
    `cycles` equal parts of `begin_step` to `end_step`. The last step of a part is at `final`, the
    step after it near `initial` again; held at `initial` before and at `final` after.

    Where the sparsity falls, weights come back (see `PruningSchedule`). That may undo a choice made
    too early.

    Attributes:
        initial_sparsity: Fraction of weights that are zero where a cycle begins, in [0, 1).
        final_sparsity: The same at the end of each.
        begin_step: First step at which masks may change.
        end_step: Last such step; later than `begin_step`.
        cycles: How many ramps, at least 1 and at most the steps between begin and end.
        frequency: Steps from one mask update to the next. Where a cycle is not a whole number of
            them, its last update misses `final_sparsity`.

    Raises:
        UsageError: for a parameter outside its range.

    Source: Srinivas et al., "Cyclical Pruning for Sparse Neural Networks" (arXiv 2202.01290).
    """

    initial_sparsity: float
    final_sparsity: float
    begin_step: int
    end_step: int
    cycles: int = 4
    frequency: int = 100

    falls_by_design: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set_checked(whole_of, "cycles", 1, LARGEST_STEP)
        length = self.end_step - self.begin_step
        if self.cycles > length:
            raise UsageError(
                f"cycles={self.cycles} is more than the {length} steps from begin_step to "
                f"end_step: use at most {length}"
            )

    def _at_progress(self, progress: Float64Array) -> Float32Array:
        length = self.end_step - self.begin_step
        # In whole numbers, since a rounded progress may fall on the wrong side of a restart.
        passed = np.rint(progress * length).astype(np.int64) * self.cycles
        # The step on which two cycles meet is the end of the first: there its target is reached.
        cycle = np.maximum((passed - 1) // length, 0)
        left = 1.0 - (passed - cycle * length) / length
        return between(self.initial_sparsity, self.final_sparsity, 1.0 - left * left * left)
