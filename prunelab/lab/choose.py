"""A schedule from the choices of a user: a kind, and values that may be shares of the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prunelab.errors import UsageError
from prunelab.plan import to_step
from prunelab.schedules import ConstantSparsity, PolynomialDecay, PruningSchedule
from prunelab.schedules.validate import step_of

__all__ = ["SCHEDULES", "make_schedule"]

SCHEDULES = ("constant", "polynomial", "none")

# A run ends the decay here where the user does not say: what is left is for recovering.
_END_SHARE = 0.8


def make_schedule(kind: str, values: Mapping[str, Any], steps: int) -> PruningSchedule | None:
    """Makes the schedule that a user chose.

    Args:
        kind: One of `SCHEDULES`; "none" is the unpruned baseline.
        values: Parameters by the reference's names; those that are missing or None take the
            reference's default or, where it has none, `begin_step` 0, `initial_sparsity` 0,
            the final sparsity 0.5, and for `end_step` of a decay the last mask update in the
            first 80 % of the run. Steps may be shares such as `"20%"`.
        steps: Steps of the run.

    Returns:
        The schedule; None for the baseline.

    Raises:
        UsageError: for an unknown kind, a parameter the kind does not have, or a bad value.
    """
    if kind not in SCHEDULES:
        raise UsageError(f"schedule {kind!r} is not known: use one of {', '.join(SCHEDULES)}")
    given = {name: value for name, value in values.items() if value is not None}
    if kind == "none":
        _only(kind, given, set())
        return None
    given["begin_step"] = to_step(given.get("begin_step", 0), steps, "begin_step")
    given["frequency"] = step_of(given.get("frequency", 100), "frequency")
    if given["frequency"] < 1:
        raise UsageError(f"frequency={given['frequency']} must be at least 1: use 1 for every step")
    if "end_step" in given:
        given["end_step"] = to_step(given["end_step"], steps, "end_step")
    if kind == "constant":
        _only(kind, given, {"target_sparsity", "begin_step", "end_step", "frequency"})
        return ConstantSparsity(**{"target_sparsity": 0.5, **given})
    _only(
        kind,
        given,
        {"initial_sparsity", "final_sparsity", "begin_step", "end_step", "power", "frequency"},
    )
    given.setdefault("end_step", _last_turn(given["begin_step"], given["frequency"], steps))
    return PolynomialDecay(**{"initial_sparsity": 0.0, "final_sparsity": 0.5, **given})


def _last_turn(begin: int, frequency: int, steps: int) -> int:
    """The last mask update in the first 80 % of a run, at least one update after `begin`."""
    turns = (int(steps * _END_SHARE) - begin) // frequency
    return begin + max(turns, 1) * frequency


def _only(kind: str, given: Mapping[str, Any], allowed: set[str]) -> None:
    extra = sorted(set(given) - allowed)
    if extra:
        has = f"it has {', '.join(sorted(allowed))}" if allowed else "it has no parameters"
        raise UsageError(f"schedule {kind!r} has no {', '.join(extra)}: {has}")
