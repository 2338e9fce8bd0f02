"""`Run`: what the lab knows of one run."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from prunelab.lab.details import details_of

__all__ = ["ENDED", "Run", "schedule_text"]

ENDED = frozenset({"finished", "stopped", "failed", "interrupted"})


@dataclass(frozen=True)
class Run:
    """One run as it stands now.

    Attributes:
        id: Its number in the lab, from 1, never given twice.
        name: What it is called in tables.
        state: queued, running, finished, stopped, failed or interrupted.
        schedule: `{"class_name": ..., "config": {...}}`, or None for an unpruned baseline.
        dataset: Name or path of its data.
        model: Name or path of its model.
        choices: Equal for runs that differ by their seed alone; None for a user's own script.
        seed: Its seed; None where a user's own script did not say.
        epochs: Epochs planned.
        batch_size: Samples a step; None where a user's own script did not say.
        steps: Steps planned.
        steps_done: Steps stored so far.
        sparsity: Fraction of the prunable weights that are exactly zero at its end.
        test_accuracy: Accuracy on the test part, measured once at its end, in [0, 1].
        test_loss: Loss there.
        bytes: Size of the saved model by kind.
        details: What else was chosen: learning rate, validation split and the like, by name.
        created: When it was asked for, ISO 8601 in UTC.
        started: When its process began, likewise; None before.
        seconds: How long it has run.
        stopping: Whether a stop was asked for that it has not reached yet.
        error: What went wrong, in one line.
    """

    id: int
    name: str
    state: str
    schedule: dict[str, Any] | None
    dataset: str
    model: str
    choices: str | None
    seed: int | None
    epochs: int | None
    batch_size: int | None
    steps: int
    steps_done: int
    sparsity: float | None
    test_accuracy: float | None
    test_loss: float | None
    bytes: dict[str, int] | None
    details: dict[str, Any]
    created: str
    started: str | None
    seconds: float | None
    stopping: bool
    error: str | None

    @property
    def active(self) -> bool:
        """Whether it waits or trains."""
        return self.state not in ENDED

    @property
    def schedule_name(self) -> str:
        """The schedule's class, or "none" for a baseline."""
        return str(self.schedule["class_name"]) if self.schedule else "none"

    @property
    def schedule_text(self) -> str:
        """The schedule with its parameters, in short."""
        return schedule_text(self.schedule)

    def to_json(self) -> dict[str, Any]:
        """The run as plain data, its schedule without recorded answers."""
        return asdict(self)

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Run:
        """Reads a row of the table `runs` joined with its stop request."""
        schedule = json.loads(row["schedule"]) if row["schedule"] else None
        last = row["ended"] or row["heartbeat"]
        active = row["state"] not in ENDED
        return cls(
            id=row["id"],
            name=row["name"],
            state=row["state"],
            schedule=schedule,
            dataset=row["dataset"],
            model=row["model"],
            choices=row["choices"],
            seed=row["seed"],
            epochs=row["epochs"],
            batch_size=row["batch_size"],
            steps=row["steps"],
            steps_done=row["steps_done"],
            sparsity=row["sparsity"],
            test_accuracy=row["test_accuracy"],
            test_loss=row["test_loss"],
            bytes=json.loads(row["bytes"]) if row["bytes"] else None,
            details=_details(row),
            created=_iso(row["created"]),
            started=_iso(row["started"]) if row["started"] else None,
            seconds=round(max(last - row["started"], 0.0), 3) if row["started"] else None,
            stopping=bool(active and row["stop_asked"]),
            error=row["error"],
        )


def schedule_text(schedule: dict[str, Any] | None) -> str:
    """A schedule as `ClassName(parameter=value, ...)`, or "none"."""
    if schedule is None:
        return "none"
    values = ", ".join(f"{name}={value}" for name, value in schedule["config"].items())
    return f"{schedule['class_name']}({values})"


def _details(row: sqlite3.Row) -> dict[str, Any]:
    values = dict(row)
    if values.get("details"):
        return dict(json.loads(values["details"]))
    # A file of version 1 that could not be upgraded, or a config that is damaged.
    try:
        return details_of(json.loads(values["config"])) if values["config"] else {}
    except (TypeError, ValueError):
        return {}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
