"""Schedules of the catalog's kinds as plain data that may come from anywhere, such as a link."""

from __future__ import annotations

import inspect
from typing import Any

from prunelab.errors import UsageError
from prunelab.schedules.base import PruningSchedule
from prunelab.schedules.catalog import KINDS, Kind, kind_of
from prunelab.schedules.serialization.json_config import plain_config

__all__ = ["catalog_kind", "class_default", "from_catalog_config", "to_catalog_config"]


def catalog_kind(schedule: PruningSchedule) -> Kind:
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


def to_catalog_config(schedule: PruningSchedule) -> dict[str, Any]:
    """`{"class_name": ..., "config": {...}}` in plain JSON data.

    Raises:
        UsageError: for a class of somebody's own.
    """
    catalog_kind(schedule)
    return plain_config(schedule)


def from_catalog_config(config: Any, steps: int) -> PruningSchedule:
    """Makes the schedule again that `to_catalog_config` described; no class outside the catalog.

    Args:
        config: What was read: anything at all. Its values may be typed, as everywhere (see
            `Field.read`); what is missing is the class's own default.
        steps: Steps of the run, which shares such as "20%" are of.

    Raises:
        UsageError: for what is not such a config.
    """
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict):
        raise UsageError(
            f"{_brief(config)} is not a schedule's config: "
            'use {"class_name": "ConstantSparsity", "config": {...}}, say'
        )
    kinds = {kind.schedule_class.__name__: kind for kind in KINDS.values()}
    name = config.get("class_name")
    if not isinstance(name, str) or name not in kinds:
        raise UsageError(
            f"class_name {_brief(name)} is not of the catalog: use one of {', '.join(kinds)}"
        )
    values = config["config"] | kinds[name].read(config["config"], steps)
    return kinds[name].schedule_class.from_config({"class_name": name, "config": values})


def class_default(kind: Kind, name: str) -> Any:
    """What the class takes where a parameter is not given; `inspect.Parameter.empty` if nothing."""
    return inspect.signature(kind.schedule_class).parameters[name].default


def _brief(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."
