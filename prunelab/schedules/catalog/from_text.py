"""The one reader of what a user gives for a parameter, typed or as a value, and its way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

from prunelab.errors import UsageError
from prunelab.schedules.values.typed_numbers import fraction_from, number_from, to_step, whole_from
from prunelab.schedules.values.validation import sparsity_of, step_of

if TYPE_CHECKING:
    from prunelab.schedules.catalog.definitions import Field

__all__ = ["read", "write"]


def read(field: Field, given: Any, steps: int) -> Any:
    """Reads one parameter. The same is taken, and refused, wherever a user gives one.

    Args:
        field: The parameter.
        given: A text, such as `"87.5%"` or `".875"` for a sparsity, `"20%"`, `"5,760"` or `"1e3"`
            for a step, or the value itself.
        steps: Steps of the run, which a share of it is of. A share that comes to less than the
            parameter may be is that least.

    Returns:
        The value as the class of the schedule takes it, which checks its range.

    Raises:
        UsageError: in a line that begins with the parameter's name, for what it cannot be.
    """
    name = field.name
    if field.form == "step":
        step = to_step(given, steps, name)
        share = isinstance(given, str) and "%" in given
        return max(step, int(field.low)) if share else step
    if not isinstance(given, str):
        return _value(field, given, steps)
    if field.form == "sparsity":
        return fraction_from(given, name)
    if field.form == "whole":
        return step_of(whole_from(given, name, f"such as {field.usual}"), name)
    if field.form == "number":
        return number_from(given, name, f"such as {field.usual:g}")
    return field.parse(given, steps) if field.parse is not None else given.strip()


def write(field: Field, value: Any) -> str:
    """The text that `read` reads as this value, to the last digit."""
    if field.form == "text":
        return field.show(value) if field.show is not None else str(value)
    return repr(value)


def _value(field: Field, given: Any, steps: int) -> Any:
    """A value that was not typed as a whole."""
    if field.form == "sparsity":
        return sparsity_of(given, field.name)
    if field.form == "text":
        return _table(field, given, steps)
    if isinstance(given, bool) or not isinstance(given, Real):
        raise UsageError(
            f"{field.name}={str(given)[:40]!r} is not a number: use one such as {field.usual}"
        )
    return step_of(given, field.name) if field.form == "whole" else given


def _table(field: Field, given: Any, steps: int) -> Any:
    """Rows as the class takes them; where one holds a text such as "20%", all are read as typed."""
    rows = list(given.items()) if isinstance(given, Mapping) else given
    pairs = isinstance(rows, Sequence) and all(
        isinstance(row, list | tuple) and len(row) == 2 for row in rows
    )
    if field.parse is None or not pairs or not any(isinstance(v, str) for row in rows for v in row):
        return given
    return field.parse(", ".join(f"{left}:{right}" for left, right in rows), steps)
