"""A schedule from what a user chose: a kind, and values that may be typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import combinations
from typing import Any

from prunelab.errors import UsageError
from prunelab.schedules.base import PruningSchedule
from prunelab.schedules.catalog.definitions import Kind
from prunelab.schedules.catalog.entries import KINDS, kind_named

__all__ = ["BASELINE", "SCHEDULES", "make_schedule", "parameters_to_give"]

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
    return chosen.schedule_class(**chosen.values(chosen.read(given, steps), steps))


def parameters_to_give(
    kind: Kind,
    wanted: Mapping[str, Any],
    given: Mapping[str, Any],
    steps: int,
    required: Sequence[str] = (),
) -> list[str]:
    """The parameters to give so that `make_schedule` makes a wanted schedule.

    Args:
        kind: The kind.
        wanted: The value of each of its parameters.
        given: Parameters that are given already, as values or typed text.
        steps: Steps of the run.
        required: Names of those to give in any case.

    Returns:
        Names, in the order of the kind's fields: those that have no other default, and as few as
        will do of those that fit the run and the others.
    """
    made_of = kind.values(kind.read(given, steps), steps)
    plain = {field.name for field in kind.fields if not field.fits}
    always = {*required, *(name for name in plain if made_of[name] != wanted[name])}
    # Of an end and a frequency that follow from each other, the frequency is what one chooses.
    free = sorted(
        (name for name in wanted if name not in always), key=lambda name: name == "end_step"
    )
    for count in range(len(free)):
        for some in combinations(free, count):
            names = [name for name in wanted if name in always or name in some]
            with suppress(UsageError):  # What is given does not go with these.
                made = make_schedule(kind.key, {**given, **{n: wanted[n] for n in names}}, steps)
                if all(getattr(made, name) == wanted[name] for name in wanted):
                    return names
    return list(wanted)


def _only(key: str, given: Mapping[str, Any], allowed: set[str]) -> None:
    extra = sorted(set(given) - allowed)
    if extra:
        has = f"it has {', '.join(sorted(allowed))}" if allowed else "it has no parameters"
        raise UsageError(f"schedule {key!r} has no {', '.join(extra)}: {has}")
