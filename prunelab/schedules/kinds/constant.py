"""`ConstantSparsity`: one sparsity, reached at once and then held."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from prunelab.schedules.base import PruningSchedule
from prunelab.schedules.periodic import is_turn, turns
from prunelab.schedules.values.validation import range_of_steps, sparsity_of, step_of

__all__ = ["ConstantSparsity"]


@dataclass(frozen=True)
class ConstantSparsity(PruningSchedule):
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

    vectorised: ClassVar[bool] = True

    def __post_init__(self) -> None:
        put = object.__setattr__
        for name in ("begin_step", "end_step", "frequency"):
            put(self, name, step_of(getattr(self, name), name))
        put(self, "target_sparsity", sparsity_of(self.target_sparsity, "target_sparsity"))
        range_of_steps(self.begin_step, self.end_step, self.frequency, endless=True)

    def __call__(self, step: Any) -> tuple[Any, Any]:
        """Bool and float32 of the shape of `step` (see `PruningSchedule`)."""
        sparsity = np.full(np.shape(step), self.target_sparsity, dtype=np.float32)
        return is_turn(step, self.begin_step, self.end_step, self.frequency)[()], sparsity[()]

    def update_steps(self, steps: int) -> npt.NDArray[np.int64]:
        """The turns, without asking at every step."""
        if type(self).__call__ is not ConstantSparsity.__call__:
            return super().update_steps(steps)
        return turns(steps, self.begin_step, self.end_step, self.frequency)

    def get_config(self) -> dict[str, Any]:
        """The parameters, in the reference's form."""
        return {"class_name": type(self).__name__, "config": asdict(self)}
