"""`PeriodicSchedule`: what the schedules share whose masks change every so many steps."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from prunelab.errors import UsageError
from prunelab.schedules.base import BoolArray, Float32Array
from prunelab.schedules.dataclass_schedule import DataclassSchedule
from prunelab.schedules.step_blocks import by_block
from prunelab.schedules.values.validation import range_of_steps, step_of

__all__ = ["PeriodicSchedule"]


class PeriodicSchedule(DataclassSchedule):
    """Masks change at `begin_step` and every `frequency` steps after it up to `end_step`.

    A subclass is a frozen dataclass with these three fields and what else it needs, and answers
    `_sparsity_at`.

    Attributes:
        endless: Whether `end_step` may be -1, "until training ends", or `begin_step` itself.

    Raises:
        UsageError: for a parameter outside its range.
    """

    begin_step: int
    end_step: int
    frequency: int

    vectorised: ClassVar[bool] = True
    endless: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set_checked(step_of, "frequency")
        range_of_steps(self.begin_step, self.end_step, self.frequency, endless=self.endless)
        if self.begin_step == self.end_step and not self.endless:
            raise UsageError(
                f"end_step={self.end_step} equals begin_step: the curve needs at least one step, "
                "use a later end_step, or ConstantSparsity to prune at once"
            )

    def __call__(self, step: Any) -> tuple[Any, Any]:
        """Bool and float32 of the shape of `step` (see `PruningSchedule`)."""
        steps = np.asarray(step)
        due = by_block(steps, self._is_update_step, np.bool_)
        return due[()], by_block(steps, self._sparsity_at, np.float32)[()]

    def update_steps(self, steps: int) -> npt.NDArray[np.int64]:
        """The update steps, which follow from the parameters."""
        if not self._call_is_inherited:
            return super().update_steps(steps)
        last = steps if self.end_step < 0 else min(self.end_step, steps)
        # Steps count from 1: an update at 0 never comes.
        first = self.begin_step if self.begin_step > 0 else self.frequency
        return np.arange(first, last + 1, self.frequency)

    @property
    def _call_is_inherited(self) -> bool:
        """False for a user's subclass with a `__call__` of its own, which may do otherwise."""
        return type(self).__call__ is PeriodicSchedule.__call__

    def _is_update_step(self, steps: npt.NDArray[Any]) -> BoolArray:
        """True where `begin <= step <= end` and a whole number of `frequency` has passed.

        Source: `PruningSchedule._should_prune_in_step` of tensorflow_model_optimization 0.8.1.
        """
        inside = steps >= self.begin_step
        if self.end_step >= 0:
            inside &= steps <= self.end_step
        passed = steps - self.begin_step
        # A division by one number is much quicker in NumPy than the remainder of it.
        return np.asarray(inside & (passed // self.frequency * self.frequency == passed))

    @abstractmethod
    def _sparsity_at(self, steps: npt.NDArray[Any]) -> Float32Array:
        """The sparsity at some steps, also between two updates, of their shape `(n,)`."""
