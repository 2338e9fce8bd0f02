"""`PolynomialDecay`: sparsity that rises fast at first and flattens towards its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.schedules.base import Float32Array
from prunelab.schedules.periodic import PeriodicSchedule
from prunelab.schedules.values.validation import power_of

__all__ = ["PolynomialDecay"]


@dataclass(frozen=True)
class PolynomialDecay(PeriodicSchedule):
    """Moves from `initial_sparsity` to `final_sparsity` along a polynomial.

    `s(t) = final + (initial - final) * (1 - (t - begin) / (end - begin)) ** power`, held at
    `initial` before and at `final` after. Power 3 is the cubic schedule of Zhu & Gupta 2017
    (arXiv 1710.01878), power 1 a straight line. The "cube" of Intel Neural Compressor is `p ** 3`,
    late where the cubic one is early: `FormulaSchedule("0.875*p^3", ...)`.

    Attributes:
        initial_sparsity: Fraction of weights that are zero at `begin_step`, in [0, 1).
        final_sparsity: The same at `end_step`.
        begin_step: First step at which masks may change.
        end_step: Last such step; later than `begin_step`.
        power: Exponent, at least 0: 1 is linear, above 1 prunes early, below 1 late.
        frequency: Steps from one mask update to the next. Where `end_step` is not a whole number
            of them after `begin_step`, the last update falls before it and misses the target.

    Raises:
        UsageError: for a parameter outside its range.

    Source: tensorflow_model_optimization 0.8.1, `pruning_schedule.PolynomialDecay`. Computed in
    float32 in the order of the reference's compiled graph, so that counts of kept weights agree.
    """

    initial_sparsity: float
    final_sparsity: float
    begin_step: int
    end_step: int
    power: float = 3
    frequency: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set_checked(power_of, "power")

    def density(self, steps: npt.ArrayLike) -> Float32Array:
        """`(1 - final) - rest`, the order in which the reference's graph computes it."""
        if not self._call_is_inherited:
            return super().density(steps)
        kept_at_end = np.float32(1.0) - np.float32(self.final_sparsity)
        return np.asarray(kept_at_end - self._above_final(np.asarray(steps)))

    def _sparsity_at(self, steps: npt.NDArray[Any]) -> Float32Array:
        return self._above_final(steps) + np.float32(self.final_sparsity)

    def _above_final(self, steps: Any) -> Float32Array:
        """`(initial - final) * (1 - progress) ** power`, float32, of the shape of `steps`."""
        one = np.float32(1.0)
        per_step = np.float32(1.0 / (self.end_step - self.begin_step))
        passed = (steps - self.begin_step).astype(np.float32) * per_step
        left = one - np.clip(passed, np.float32(0.0), one)
        height = np.float32(self.initial_sparsity - self.final_sparsity)
        # The reference's graph writes small powers as products; their rounding is not pow's.
        if self.power == 1:
            rest = height * left
        elif self.power == 2:
            rest = height * (left * left)
        elif self.power == 3:
            rest = (height * left) * (left * left)
        else:
            # The graph's exponent is float32: a third is not a third there.
            power = np.float64(np.float32(self.power))
            rest = height * np.power(left.astype(np.float64), power).astype(np.float32)
        return np.asarray(rest, dtype=np.float32)
