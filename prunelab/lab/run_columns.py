"""The columns of the table of runs that are made of a config."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from prunelab.lab.config import RunConfig
from prunelab.lab.config_details import config_details

__all__ = ["run_columns"]

# What does not make it another run; `data` follows from the data set.
_NO_CHOICES = frozenset({"seed", "name", "data"})


def run_columns(config: RunConfig) -> dict[str, Any]:
    """The columns of the table of runs that a config determines, by name."""
    record = config.to_record()
    return {
        "name": config.name or _name(record),
        "schedule": _without_answers(record["schedule"]),
        "choices": _choices(record | config.decided),
        "dataset": config.dataset,
        "model": config.model,
        "seed": config.seed,
        "epochs": config.epochs,
        "batch_size": config.batch_size,
        "steps": config.plan.steps,
        "config": json.dumps(record),
        "details": json.dumps(config_details(record | config.decided)),
    }


def _choices(record: Mapping[str, Any]) -> str:
    """A digest of a config without seed and name: equal for repetitions with other seeds."""
    same = {name: value for name, value in record.items() if name not in _NO_CHOICES}
    return hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()[:16]


def _name(record: Mapping[str, Any]) -> str:
    """A name made of the schedule; number, data, model and seed stand in columns of their own."""
    schedule = record["schedule"]
    if schedule is None:
        return "baseline"
    config = schedule["config"]
    share = config.get("final_sparsity", config.get("target_sparsity"))
    name = str(schedule["class_name"])
    return f"{name} {share:.1%}" if isinstance(share, float) else name


def _without_answers(schedule: dict[str, Any] | None) -> dict[str, Any] | None:
    if schedule is None:
        return None
    return {"class_name": schedule["class_name"], "config": schedule["config"]}
