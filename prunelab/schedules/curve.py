"""`Curve`: what the schedules have in common that follow a curve from a first to a last step."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.schedules.base import Float32Array
from prunelab.schedules.periodic import PeriodicSchedule

__all__ = ["Curve", "Float64Array", "between"]

Float64Array = npt.NDArray[np.float64]


class Curve(PeriodicSchedule):
    """Sparsity as a function of progress: 0 at `begin_step`, 1 at `end_step`, 0 and 1 beyond.

    A subclass answers `_at_progress`. The curve is computed in float64 and rounded to float32 once.
    """

    def at_progress(self, progress: npt.ArrayLike) -> Float32Array:
        """The sparsity at some values of progress, in [0, 1], of their shape `(n,)`."""
        return self._at_progress(np.asarray(progress, np.float64))

    def _sparsity_at(self, steps: npt.NDArray[Any]) -> Float32Array:
        progress = (steps - self.begin_step) / (self.end_step - self.begin_step)
        return self._at_progress(np.clip(progress, 0.0, 1.0, out=progress))

    @abstractmethod
    def _at_progress(self, progress: Float64Array) -> Float32Array:
        """The sparsity at some values of progress, in [0, 1], of their shape `(n,)`."""


def between(initial: float, final: float, share: Float64Array) -> Float32Array:
    """Goes a share of the way from `initial` to `final`, and exactly to it where the share is 1.

    It never leaves the range of the two, and rises or falls wherever `share` rises.
    """
    ends = np.float32(initial), np.float32(final)
    values = (initial + (final - initial) * share).astype(np.float32)
    values[share >= 1.0] = ends[1]
    return np.clip(values, min(ends), max(ends), out=values)
