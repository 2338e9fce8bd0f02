"""A schedule from the choices of a user: a kind, and values that may be shares of the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prunelab.errors import UsageError
from prunelab.plan import to_step
from prunelab.schedules import PruningSchedule
from prunelab.schedules.catalog import KINDS, Field, Kind, kind_named
from prunelab.schedules.catalog.fields import BEGIN, END, FINAL, INITIAL, TARGET
from prunelab.schedules.validate import step_of

__all__ = ["SCHEDULES", "make_schedule"]

SCHEDULES = ("constant", *(key for key in KINDS if key != "constant"), "none")

# What the fields that many kinds share are where the user does not say.
_USUAL: dict[Field, Any] = {BEGIN: 0, INITIAL: 0.0, FINAL: 0.5, TARGET: 0.5}

# A run ends the decay here where the user does not say: what is left is for recovering.
_END_SHARE = 0.8


def make_schedule(kind: str, values: Mapping[str, Any], steps: int) -> PruningSchedule | None:
    """Makes the schedule that a user chose.

    Args:
        kind: One of `SCHEDULES`; "none" is the unpruned baseline.
        values: Parameters by the names of the kind's fields, as values or typed text; those that
            are missing or None take `begin_step` 0, `initial_sparsity` 0, the final or target
            sparsity 0.5, for the `end_step` of a curve the last mask update in the first 80 % of
            the run, and for all else what the catalog has as usual. Steps may be shares such as
            `"20%"`.
        steps: Steps of the run.

    Returns:
        The schedule; None for the baseline.

    Raises:
        UsageError: for an unknown kind, a parameter the kind does not have, or a bad value.
    """
    given = {name: value for name, value in values.items() if value is not None}
    if kind == "none":
        _only(kind, given, set())
        return None
    chosen = kind_named(kind, others=("none",))
    _only(kind, given, {field.name for field in chosen.fields})
    return chosen.make(**_values(chosen, given, steps))


def _values(kind: Kind, given: Mapping[str, Any], steps: int) -> dict[str, Any]:
    """The value of each field of a kind."""
    values = {
        field.name: _value(field, given.get(field.name, _USUAL.get(field, field.usual)), steps)
        for field in kind.fields
    }
    if END in kind.fields and "end_step" not in given:
        frequency = values.get("frequency", 1)
        if frequency < 1:
            raise UsageError(f"frequency={frequency} must be at least 1: use 1 for every step")
        values["end_step"] = _last_turn(values["begin_step"], frequency, steps)
    return values


def _value(field: Field, value: Any, steps: int) -> Any:
    """What was typed or given for a field, as its class takes it."""
    if field.form == "step":
        return to_step(value, steps, field.name)
    if isinstance(value, str):
        value = _typed(field, value, steps)
    return step_of(value, field.name) if field.name == "frequency" else value


def _typed(field: Field, text: str, steps: int) -> Any:
    """What was typed for a field that is no step."""
    if field.form == "text":
        return field.parse(text, steps) if field.parse else text
    try:
        return float(text)
    except ValueError:
        raise UsageError(
            f"{field.name}={text!r} is not a number: use one such as {field.usual}"
        ) from None


def _last_turn(begin: int, frequency: int, steps: int) -> int:
    """The last mask update in the first 80 % of a run, at least one update after `begin`."""
    turns = (int(steps * _END_SHARE) - begin) // frequency
    return begin + max(turns, 1) * frequency


def _only(kind: str, given: Mapping[str, Any], allowed: set[str]) -> None:
    extra = sorted(set(given) - allowed)
    if extra:
        has = f"it has {', '.join(sorted(allowed))}" if allowed else "it has no parameters"
        raise UsageError(f"schedule {kind!r} has no {', '.join(extra)}: {has}")
