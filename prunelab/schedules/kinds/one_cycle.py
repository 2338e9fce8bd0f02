"""`OneCycle`: one S-curve over the run, steep before its middle."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from prunelab.errors import UsageError
from prunelab.schedules.base import Float32Array
from prunelab.schedules.curve import Curve, Float64Array, between
from prunelab.schedules.values.validation import number_of

__all__ = ["OneCycle"]


@dataclass(frozen=True)
class OneCycle(Curve):
    """Moves from `initial_sparsity` to `final_sparsity` along a logistic curve.

    `s(p) = initial + (1 + exp(-alpha + beta)) / (1 + exp(-alpha * p + beta)) * (final - initial)`,
    where `p` is the progress from `begin_step` (0) to `end_step` (1); held at its first value
    before and at `final` after. The first value is not quite `initial`: with `alpha` 14 and `beta`
    5 the curve has gone 0.67 % of the way by then.

    Attributes:
        initial_sparsity: Fraction of weights that are zero where the curve comes from, in [0, 1).
        final_sparsity: The same at `end_step`. Where it is lower, weights come back (see
            `PruningSchedule`).
        begin_step: First step at which masks may change.
        end_step: Last such step; later than `begin_step`.
        alpha: Steepness, above 0 and at most 100.
        beta: How late it rises, from -100 to 100: the steepest place is at `p = beta / alpha`.
        frequency: Steps from one mask update to the next. Where `end_step` is not a whole number
            of them after `begin_step`, the last update falls before it and misses the target.

    Raises:
        UsageError: for a parameter outside its range.

    Source: Hubens et al., "One-Cycle Pruning" (arXiv 2107.02086).
    """

    initial_sparsity: float
    final_sparsity: float
    begin_step: int
    end_step: int
    alpha: float = 14.0
    beta: float = 5.0
    frequency: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set_checked(number_of, "alpha", 0.0, 100.0)
        self._set_checked(number_of, "beta", -100.0, 100.0)
        if self.alpha == 0.0:
            raise UsageError("alpha=0.0 makes the curve flat: use a number above 0, such as 14")

    def _at_progress(self, progress: Float64Array) -> Float32Array:
        whole = 1.0 + math.exp(self.beta - self.alpha)
        share = whole / (1.0 + np.exp(self.beta - self.alpha * progress))
        return between(self.initial_sparsity, self.final_sparsity, share)
