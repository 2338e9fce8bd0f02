"""A schedule from what a user chose: a kind, and values that may be typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prunelab.errors import UsageError
from prunelab.schedules.base import PruningSchedule
from prunelab.schedules.catalog.kinds import KINDS, kind_named

__all__ = ["BASELINE", "SCHEDULES", "make_schedule"]

# The kind of a run that prunes nothing.
BASELINE = "none"

SCHEDULES = ("constant", *(key for key in KINDS if key != "constant"), BASELINE)


def make_schedule(kind: str, values: Mapping[str, Any], steps: int) -> PruningSchedule | None:
    """Makes the schedule that a user chose, with values that fit the run for all they left out.

    Args:
        kind: One of `SCHEDULES`; "none" is the unpruned baseline.
        values: Parameters by the names of the kind's fields, as values or typed text: `0.875` or
            `"87.5%"` for a sparsity, `1152`, `"1,152"` or `"20%"` for a step. One that is missing
            or None takes a sparsity of 0.875, a begin and an end at 20 % and 80 % of the run and a
            frequency that ends on a mask update, or what fits beside those that are given.
        steps: Steps of the run.

    Returns:
        The schedule; None for the baseline.

    Raises:
        UsageError: for an unknown kind, a parameter the kind does not have, or a bad value.

    Example:
        >>> make_schedule("polynomial", {"final_sparsity": "80%", "begin_step": "20%"}, 5760)
        PolynomialDecay(initial_sparsity=0.0, final_sparsity=0.8, begin_step=1152, end_step=4608, \
power=3, frequency=108)
    """
    key = kind.strip()
    given = {name: value for name, value in values.items() if value is not None}
    if key == BASELINE:
        _only(key, given, set())
        return None
    chosen = kind_named(key, others=(BASELINE,))
    _only(key, given, {field.name for field in chosen.fields})
    read = {
        field.name: field.read(given[field.name], steps)
        for field in chosen.fields
        if field.name in given
    }
    return chosen.make(**chosen.values(read, steps))


def _only(key: str, given: Mapping[str, Any], allowed: set[str]) -> None:
    extra = sorted(set(given) - allowed)
    if extra:
        has = f"it has {', '.join(sorted(allowed))}" if allowed else "it has no parameters"
        raise UsageError(f"schedule {key!r} has no {', '.join(extra)}: {has}")
