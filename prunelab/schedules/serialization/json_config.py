"""The config of any schedule as plain JSON data."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from prunelab.errors import UsageError
from prunelab.schedules.base import PruningSchedule

__all__ = ["plain_config"]


def plain_config(schedule: PruningSchedule) -> dict[str, Any]:
    """`{"class_name": ..., "config": {...}}` of a schedule, with numbers of NumPy made plain.

    Raises:
        UsageError: where `get_config` answers with something else.
    """
    name = type(schedule).__name__
    config = schedule.get_config()
    if not isinstance(config, dict) or not isinstance(config.get("config", {}), dict):
        raise UsageError(
            f"{name}.get_config() answered {config!r}: "
            'answer {"class_name": ..., "config": {...}}'
        )
    try:
        values = json.loads(json.dumps(config.get("config", {}), default=_plain, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"{name}.get_config() holds {error}: use numbers, texts, lists and dicts"
        ) from error
    return {"class_name": str(config.get("class_name", name)), "config": values}


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__}")
