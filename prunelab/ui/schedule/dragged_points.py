"""Points of a schedule that are dragged in its chart. No widgets."""

from __future__ import annotations

from dataclasses import replace

from prunelab.schedules import PointsSchedule, PruningSchedule

__all__ = ["moved", "points_of"]

# As fine as a pointer can be, and what a text of the points should show.
_DECIMALS = 3

_MOST = 0.995


def points_of(schedule: PruningSchedule | None) -> tuple[list[float], list[float]] | None:
    """Steps and sparsities of the points of a schedule that has some."""
    if not isinstance(schedule, PointsSchedule):
        return None
    length = schedule.end_step - schedule.begin_step
    pairs = _pairs(schedule)
    return [schedule.begin_step + at * length for at, _ in pairs], [to for _, to in pairs]


def moved(
    schedule: PruningSchedule | None, point: int, step: float, sparsity: float
) -> PruningSchedule | None:
    """The schedule with one of its points moved, as far as its neighbours let it.

    Args:
        schedule: The schedule; one without points is given back.
        point: Its index, from 0.
        step: Where it was dragged to along x; between its neighbours it stays.
        sparsity: And along y.
    """
    if not isinstance(schedule, PointsSchedule) or not 0 <= point < len(schedule.points):
        return schedule
    pairs = _pairs(schedule)
    before = pairs[point - 1][0] + 10**-_DECIMALS if point else 0.0
    after = pairs[point + 1][0] - 10**-_DECIMALS if point + 1 < len(pairs) else 1.0
    at = (step - schedule.begin_step) / (schedule.end_step - schedule.begin_step)
    held = min(max(at, before), after)
    pairs[point] = (
        round(held, _DECIMALS),
        round(min(max(sparsity, 0.0), _MOST), _DECIMALS),
    )
    return replace(schedule, points=tuple(pairs))


def _pairs(schedule: PointsSchedule) -> list[tuple[float, float]]:
    # Whatever it was given, it holds pairs of numbers.
    return list(schedule.points)  # type: ignore[arg-type]
