"""What is typed for a parameter, as its value, and back. No widgets."""

from __future__ import annotations

import math
from typing import Any

from prunelab.errors import UsageError
from prunelab.plan import to_step
from prunelab.schedules.catalog import Field
from prunelab.schedules.validate import sparsity_of, step_of

__all__ = ["read", "written"]


def read(field: Field, text: str, steps: int) -> Any:
    """Reads what was typed for a parameter.

    Args:
        field: The parameter.
        text: What was typed. A sparsity may be a percentage, and a step a share of the run.
        steps: Steps of the run.

    Returns:
        A number; for a share of the run its text, such as `"20%"`; for a text the text.

    Raises:
        UsageError: for what the parameter cannot be.
    """
    typed = text.strip()
    if field.form == "text":
        if field.parse is not None:
            field.parse(typed, steps)
        return typed
    if field.form == "step" and typed.endswith("%"):
        to_step(typed, steps, field.name)
        return typed
    if field.form == "sparsity":
        percent = typed.endswith("%")
        number = _number(field.name, typed.removesuffix("%"), "a fraction such as 0.875")
        return sparsity_of(round(number / 100, 9) if percent else number, field.name)
    if field.form == "number":
        return _number(field.name, typed, f"a number such as {field.usual:g}")
    such = (
        "20% of the run, say" if field.form == "step" else f"a whole number such as {field.usual}"
    )
    return step_of(_number(field.name, typed.replace(",", ""), such), field.name)


def written(value: Any) -> str:
    """A value as it may be typed."""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _number(name: str, typed: str, such: str) -> float:
    try:
        number = float(typed)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"{name}={typed!r} is not a number: use {such}")
    return number
