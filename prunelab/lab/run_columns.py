"""What a run's row says of a config: its name, its choices, its schedule."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from prunelab.lab.config import RunConfig
from prunelab.lab.config_details import details_of

__all__ = ["entry_of"]

# What a record holds beside choices that make another run: what is known of its data follows.
_NO_CHOICES = frozenset({"seed", "name", "data"})


def entry_of(config: RunConfig) -> dict[str, Any]:
    """The columns of the table of runs that a config decides."""
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
        "details": json.dumps(details_of(record | config.decided)),
    }


def _choices(record: Mapping[str, Any]) -> str:
    """A digest of all that a run was asked for but its seed and name: equal for repeated seeds."""
    same = {name: value for name, value in record.items() if name not in _NO_CHOICES}
    return hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()[:16]


def _name(record: Mapping[str, Any]) -> str:
    """What the run is about; its number, data, model and seed stand beside the name."""
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
