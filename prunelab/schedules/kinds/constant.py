"""`ConstantSparsity`: one sparsity, reached at once and then held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from prunelab.schedules.base import Float32Array
from prunelab.schedules.periodic import PeriodicSchedule

__all__ = ["ConstantSparsity"]


@dataclass(frozen=True)
class ConstantSparsity(PeriodicSchedule):
    """Prunes to `target_sparsity` from `begin_step` on, and keeps choosing anew.

    Attributes:
        target_sparsity: Fraction of weights that are zero, in [0, 1).
        begin_step: First step at which masks may change; with 0 the first change is at
            `frequency`, because steps count from 1.
        end_step: Last such step, or -1 for "until training ends".
        frequency: Steps from one mask update to the next.

    Raises:
        UsageError: for a parameter outside its range.

    Source: tensorflow_model_optimization 0.8.1, `pruning_schedule.ConstantSparsity`.
    """

    target_sparsity: float
    begin_step: int
    end_step: int = -1
    frequency: int = 100

    endless: ClassVar[bool] = True

    def _sparsity_at(self, steps: npt.NDArray[Any]) -> Float32Array:
        return np.full(steps.shape, self.target_sparsity, np.float32)
