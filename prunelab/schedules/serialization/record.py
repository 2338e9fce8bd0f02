"""A schedule as plain data that any process can make a schedule of again."""

from __future__ import annotations

from typing import Any

from prunelab.schedules.base import PruningSchedule
from prunelab.schedules.serialization.json_config import plain_config
from prunelab.schedules.serialization.recorded_answers import RecordedSchedule

__all__ = ["schedule_from_record", "schedule_record"]

_SHIPPED = "prunelab.schedules."


def schedule_record(schedule: PruningSchedule | None, steps: int) -> dict[str, Any] | None:
    """Describes a schedule for the lab.

    Args:
        schedule: The schedule, or None for a run that prunes nothing.
        steps: Steps of the run: those on which a class of the user's own is recorded.

    Returns:
        `{"class_name": ..., "config": {...}}`, with `"answers"` beside it where only this process
        knows the class; None for None.
    """
    if schedule is None:
        return None
    record = plain_config(schedule)
    if isinstance(schedule, RecordedSchedule):
        return {**record, "answers": schedule.answers()}
    if type(schedule).__module__.startswith(_SHIPPED):
        return record
    return {**record, "answers": RecordedSchedule.of(schedule, steps).answers()}


def schedule_from_record(record: dict[str, Any] | None) -> PruningSchedule | None:
    """Makes the schedule again that `schedule_record` described."""
    if record is None:
        return None
    if "answers" in record:
        config = {"class_name": record["class_name"], "config": record["config"]}
        return RecordedSchedule(config, **record["answers"])
    return PruningSchedule.from_config(record)
