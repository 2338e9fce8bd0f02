"""The one reader of what a user gives for a parameter, typed or as a value, and its way back."""

from __future__ import annotations

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
    if field.value_type == "step":
        step = to_step(given, steps, name)
        share = isinstance(given, str) and "%" in given
        return max(step, int(field.low)) if share else step
    if field.parse is not None:
        return field.parse(given, steps)
    if not isinstance(given, str):
        return _value(field, given)
    if field.value_type == "sparsity":
        return fraction_from(given, name)
    if field.value_type == "whole":
        return step_of(whole_from(given, name, f"such as {field.default}"), name)
    if field.value_type == "number":
        return number_from(given, name, f"such as {field.default:g}")
    return given.strip()


def write(field: Field, value: Any) -> str:
    """The text that `read` reads as this value, to the last digit."""
    if field.value_type == "text":
        return field.show(value) if field.show is not None else str(value)
    return repr(value)


def _value(field: Field, given: Any) -> Any:
    """A value that is no text."""
    if field.value_type == "sparsity":
        return sparsity_of(given, field.name)
    if field.value_type == "text":
        return given
    if isinstance(given, bool) or not isinstance(given, Real):
        raise UsageError(
            f"{field.name}={str(given)[:40]!r} is not a number: use one such as {field.default}"
        )
    return step_of(given, field.name) if field.value_type == "whole" else given
