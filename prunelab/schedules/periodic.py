"""The steps at which the masks of a schedule with a fixed frequency change."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.schedules.base import BoolArray
from prunelab.schedules.step_blocks import by_block

__all__ = ["is_turn", "turns"]


def is_turn(step: Any, begin_step: int, end_step: int, frequency: int) -> BoolArray:
    """True where `begin <= step <= end` and a whole number of `frequency` has passed.

    A negative `end_step` means for ever. Source: `PruningSchedule._should_prune_in_step` of
    tensorflow_model_optimization 0.8.1.
    """

    def answer(steps: npt.NDArray[Any]) -> BoolArray:
        inside = steps >= begin_step
        if end_step >= 0:
            inside &= steps <= end_step
        passed = steps - begin_step
        # A division by one number is much quicker in NumPy than the remainder of it.
        return np.asarray(inside & (passed // frequency * frequency == passed))

    return by_block(np.asarray(step), answer, np.bool_)


def turns(steps: int, begin_step: int, end_step: int, frequency: int) -> npt.NDArray[np.int64]:
    """The steps of a run of `steps` at which `is_turn` is true, ascending."""
    last = steps if end_step < 0 else min(end_step, steps)
    # Steps count from 1: a turn at 0 is none.
    return np.arange(begin_step if begin_step > 0 else frequency, last + 1, frequency)
