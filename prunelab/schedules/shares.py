"""Steps given as a share of the run, such as "20%"."""

from __future__ import annotations

import re
from typing import Any

from prunelab.errors import UsageError
from prunelab.schedules.validate import step_of

__all__ = ["to_step"]

_SHARE = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*%\s*")


def to_step(value: Any, steps: int, name: str = "step") -> int:
    """Reads a step given as a number, or as a share of the run such as `"20%"`.

    Args:
        value: A whole number, its text, or a percentage as text.
        steps: Steps of the run, which the percentage is of.
        name: The parameter's name, for the error.

    Raises:
        UsageError: for anything else, or a share above 100 %.
    """
    if not isinstance(value, str):
        return step_of(value, name)
    share = _SHARE.fullmatch(value)
    if share is None:
        try:
            number = float(value)
        except ValueError as error:
            raise UsageError(
                f"{name}={value!r} is not a step: use a whole number, or a share such as 20%"
            ) from error
        return step_of(number, name)
    percent = float(share[1])
    if percent > 100:
        raise UsageError(f"{name}={value!r} is more than the run: use a share of at most 100%")
    return round(steps * percent / 100)
