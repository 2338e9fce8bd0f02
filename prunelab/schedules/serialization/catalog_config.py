"""Schedules of the catalog's kinds as plain data that may come from anywhere, such as a link."""

from __future__ import annotations

import inspect
from typing import Any

from prunelab.errors import UsageError
from prunelab.schedules.base import PruningSchedule
from prunelab.schedules.catalog import KINDS, Kind, kind_of
from prunelab.schedules.serialization.json_config import plain_config

__all__ = ["default_of", "known_config", "known_kind", "known_schedule"]


def known_kind(schedule: PruningSchedule) -> Kind:
    """The kind of a schedule.

    Raises:
        UsageError: for a class of somebody's own, which no other process knows.
    """
    kind = kind_of(schedule)
    if kind is None:
        raise UsageError(
            f"{type(schedule).__name__} is a class of your own, which a link or file cannot "
            f"hold: use one of {', '.join(KINDS)}, or keep its code"
        )
    return kind


def known_config(schedule: PruningSchedule | None) -> dict[str, Any] | None:
    """`{"class_name": ..., "config": {...}}` in plain JSON data; None for None.

    Raises:
        UsageError: for a class of somebody's own.
    """
    if schedule is None:
        return None
    known_kind(schedule)
    return plain_config(schedule)


def known_schedule(config: Any) -> PruningSchedule | None:
    """Makes the schedule again that `known_config` described; no class outside the catalog.

    Args:
        config: What was read: anything at all.

    Raises:
        UsageError: for what is not such a config.
    """
    if config is None:
        return None
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict):
        raise UsageError(
            f"{_brief(config)} is not a schedule's config: "
            'use {"class_name": "ConstantSparsity", "config": {...}}, say'
        )
    classes = {kind.schedule_class.__name__: kind.schedule_class for kind in KINDS.values()}
    name = config.get("class_name")
    if not isinstance(name, str) or name not in classes:
        raise UsageError(
            f"class_name {_brief(name)} is not of the catalog: use one of {', '.join(classes)}"
        )
    return classes[name].from_config({"class_name": name, "config": config["config"]})


def default_of(kind: Kind, name: str) -> Any:
    """What the class takes where a parameter is not given; `inspect.Parameter.empty` if nothing."""
    return inspect.signature(kind.schedule_class).parameters[name].default


def _brief(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."
