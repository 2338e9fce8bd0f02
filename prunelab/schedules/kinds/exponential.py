"""`ExponentialDensity`: at every update the same share of the weights that are left goes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prunelab.schedules.base import Float32Array
from prunelab.schedules.curve import Curve, Float64Array

__all__ = ["ExponentialDensity"]


@dataclass(frozen=True)
class ExponentialDensity(Curve):
    """Moves the density, `1 - sparsity`, geometrically from its first to its last value.

    `1 - s(p) = (1 - initial) * ((1 - final) / (1 - initial)) ** p`, where `p` is the progress from
    `begin_step` (0) to `end_step` (1); held at `initial` before and at `final` after. From one
    update to the next always the same share of the weights that are left is removed.

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

    Source: the constant rate a round of iterative pruning (Frankle & Carbin, arXiv 1803.03635),
    made continuous.
    """

    initial_sparsity: float
    final_sparsity: float
    begin_step: int
    end_step: int
    frequency: int = 100

    def _at_progress(self, progress: Float64Array) -> Float32Array:
        first, last = 1.0 - self.initial_sparsity, 1.0 - self.final_sparsity
        values = (1.0 - first * np.exp(progress * np.log(last / first))).astype(np.float32)
        ends = np.float32(self.initial_sparsity), np.float32(self.final_sparsity)
        # The ends to the bit, whatever exp and log round.
        values[progress <= 0.0], values[progress >= 1.0] = ends
        return np.asarray(np.clip(values, min(ends), max(ends)))
