"""`CosineSchedule`: sparsity that rises slowly, then fast, then slowly again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prunelab.schedules.base import Float32Array
from prunelab.schedules.curve import Curve, Float64Array, between

__all__ = ["CosineSchedule"]


@dataclass(frozen=True)
class CosineSchedule(Curve):
    """Moves from `initial_sparsity` to `final_sparsity` along half a wave of the cosine.

    `s(p) = initial + (final - initial) * (1 - cos(pi * p)) / 2`, where `p` is the progress from
    `begin_step` (0) to `end_step` (1); held at `initial` before and at `final` after.

    Attributes:
        initial_sparsity: Fraction of weights that are zero at `begin_step`, in [0, 1).
        final_sparsity: The same at `end_step`. Where it is lower, weights come back (see
            `PruningSchedule`).
        begin_step: First step at which masks may change.
        end_step: Last such step; later than `begin_step`.
        frequency: Steps from one mask update to the next. Where `end_step` is not a whole number
            of them after `begin_step`, the last update falls before it and misses the target.

    Raises:
        UsageError: for a parameter outside its range.

    Source: the cosine annealing of learning rates (arXiv 1608.03983) turned over.
    """

    initial_sparsity: float
    final_sparsity: float
    begin_step: int
    end_step: int
    frequency: int = 100

    def _at_progress(self, progress: Float64Array) -> Float32Array:
        share = (1.0 - np.cos(np.pi * progress)) / 2.0
        return between(self.initial_sparsity, self.final_sparsity, share)
