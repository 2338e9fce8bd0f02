"""Rules for the parameters of a schedule, each checked in one place."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import numpy as np

from prunelab.errors import UsageError

__all__ = [
    "LARGEST_STEP",
    "count_of",
    "number_of",
    "power_of",
    "range_of_steps",
    "seed_of",
    "sparsity_of",
    "step_of",
    "whole_of",
]

# What the reference's int32 steps can count.
LARGEST_STEP = 2**31 - 1

# The largest seed that NumPy, Python and TensorFlow all take.
_MOST_SEED = 2**32 - 1

# Far beyond any use: with it all the pruning falls into one step.
_MOST_POWER = 1_000_000


def step_of(value: Any, name: str) -> int:
    """Returns a step as an `int`; whole floats count as the integers they are.

    Raises:
        UsageError: for anything but a whole number.
    """
    if isinstance(value, Integral) and not isinstance(value, bool):
        if abs(int(value)) > LARGEST_STEP:
            raise UsageError(f"{name}={value!r} is beyond any run: use at most {LARGEST_STEP:,}")
        return int(value)
    if isinstance(value, Real) and not isinstance(value, bool):
        number = float(value)
        if number.is_integer():
            return step_of(int(number), name)
        if math.isfinite(number):
            raise UsageError(
                f"{name}={value!r} is not a whole number of steps: use {round(number)}, say"
            )
    raise UsageError(f"{name}={value!r} is not a number of steps: use a whole number such as 100")


def count_of(value: Any, name: str, default: int) -> int:
    """Returns a number of samples, steps or epochs, at least 1, as an `int`.

    Args:
        value: The number; whole floats count as theirs.
        name: The parameter's name, for the error.
        default: What to use instead, likewise.

    Raises:
        UsageError: for anything else.
    """
    number = step_of(value, name)
    if number < 1:
        raise UsageError(f"{name}={number} must be at least 1: use {default}, say")
    return number


def sparsity_of(value: Any, name: str) -> float:
    """Returns a sparsity as a `float` in [0, 1).

    Raises:
        UsageError: for anything else; for 87.5 it says that 0.875 is meant.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise UsageError(f"{name}={value!r} is not a number: use a fraction such as 0.875")
    number = float(value)
    if not 0.0 <= number < 1.0:
        percent = f", that is {number / 100:g} for {number:g} %" if 1.0 < number < 100.0 else ""
        raise UsageError(f"{name}={value!r} must be in range [0, 1): use a fraction{percent}")
    if np.float32(number) == 1.0:
        raise UsageError(f"{name}={value!r} is 1 in float32, of [0, 1): use 0.9999, say")
    return number


def power_of(value: Any, name: str = "power") -> float:
    """Returns the exponent of a decay, from 0 to 1,000,000; a whole one as `int`.

    Raises:
        UsageError: for anything else; below 0 the curve would be infinite at its end.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise UsageError(f"{name}={value!r} is not a number: use one such as 3")
    number = float(value)
    if not 0 <= number <= _MOST_POWER:
        raise UsageError(f"{name}={value!r} must be from 0 to {_MOST_POWER:,}: use 3, say")
    # 3 and 3.0 are the same choice, and compare as one.
    return int(number) if number.is_integer() else number


def number_of(value: Any, name: str, low: float, high: float) -> float:
    """Returns a number from `low` to `high` as a `float`.

    Raises:
        UsageError: for anything else.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise UsageError(f"{name}={value!r} is not a number: use one from {low:g} to {high:g}")
    number = float(value)
    if not low <= number <= high:
        raise UsageError(f"{name}={value!r} must be from {low:g} to {high:g}")
    return number


def whole_of(value: Any, name: str, low: int, high: int) -> int:
    """Returns a whole number from `low` to `high` as an `int`; whole floats count as theirs.

    Raises:
        UsageError: for anything else.
    """
    number = number_of(value, name, low, high)
    if not number.is_integer():
        raise UsageError(f"{name}={value!r} is not a whole number: use {round(number)}, say")
    return int(number)


def seed_of(value: Any, name: str = "seed") -> int:
    """Returns a seed as an `int` from 0 to 4,294,967,295; whole floats count as theirs.

    Raises:
        UsageError: for anything else.
    """
    whole = isinstance(value, Real) and not isinstance(value, bool) and value == value // 1
    if not whole or not 0 <= value <= _MOST_SEED:
        raise UsageError(
            f"{name}={value!r} must be a whole number from 0 to {_MOST_SEED}: use 0, say"
        )
    return int(value)


def range_of_steps(begin_step: int, end_step: int, frequency: int, *, endless: bool) -> None:
    """Checks the three step parameters against each other, by the reference's rules.

    Args:
        begin_step: First step at which pruning may happen.
        end_step: Last such step, or -1 for "until training ends".
        frequency: Steps from one mask update to the next.
        endless: Whether `end_step=-1` is allowed.

    Raises:
        UsageError: with the rule that is broken.
    """
    if begin_step < 0:
        raise UsageError(f"begin_step={begin_step} must be at least 0: use 0 to begin at once")
    if end_step == -1 and not endless:
        raise UsageError("end_step=-1 leaves the decay without an end: give the step it ends at")
    if end_step < -1:
        mend = "use -1 for no end, or a step" if endless else "use the step the decay ends at"
        raise UsageError(f"end_step={end_step} must be at least 0: {mend}")
    if end_step != -1 and end_step < begin_step:
        raise UsageError(
            f"end_step={end_step} is before begin_step={begin_step}: use {begin_step} or later"
        )
    if frequency <= 0:
        raise UsageError(f"frequency={frequency} must be at least 1: use 1 for every step")
