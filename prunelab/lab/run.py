"""`Run`: what the lab knows of one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from prunelab.lab.config_details import config_details
from prunelab.lab.store.run_row import RowReader

__all__ = ["ACTIVE", "ENDED", "Run", "schedule_text"]

ACTIVE = frozenset({"queued", "running"})
ENDED = frozenset({"finished", "stopped", "failed", "interrupted"})


@dataclass(frozen=True)
class Run:
    """One run as it stands now.

    Attributes:
        id: Its number in the lab, from 1, never reused.
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
        diverged: The step after which its loss was no finite number; None where all were.
        script: Whether a script of the user's own trains it, and not a process of the lab.
        damaged: Whether values of its row in the lab cannot be read; `error` names them.
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
    diverged: int | None
    script: bool
    damaged: bool

    @property
    def active(self) -> bool:
        """Whether it waits or trains."""
        return self.state in ACTIVE

    @property
    def counts(self) -> bool:
        """Whether its test accuracy is evidence: it ended well and can be read in whole."""
        well = self.state == "finished" and self.diverged is None and not self.damaged
        return well and self.test_accuracy is not None

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
    def from_row(cls, row: Mapping[str, Any]) -> Run:
        """Reads a row of the table `runs` joined with its stop request.

        A damaged value is read as missing, and named in `error`.
        """
        read = RowReader(row)
        state = read.one_of("state", ENDED | ACTIVE, default="failed")
        created, started = read.time("created"), read.time("started")
        last = read.time("ended") or read.time("heartbeat")
        seconds = read.number("seconds")
        if seconds is None and started is not None and last is not None:
            seconds = max(last - started, 0.0)
        run = cls(
            id=int(row["id"]),
            name=read.required_text("name"),
            state=state,
            schedule=read.schedule("schedule"),
            dataset=read.required_text("dataset"),
            model=read.required_text("model"),
            choices=read.text("choices"),
            seed=read.integer("seed"),
            epochs=read.integer("epochs"),
            batch_size=read.integer("batch_size"),
            steps=read.integer("steps") or 0,
            steps_done=read.integer("steps_done") or 0,
            sparsity=read.number("sparsity", maximum=1.0),
            test_accuracy=read.number("test_accuracy", maximum=1.0),
            test_loss=read.finite("test_loss"),
            bytes=read.sizes("bytes"),
            details=_details(row, read),
            created=_iso(created or 0.0),
            started=None if started is None else _iso(started),
            seconds=None if seconds is None or started is None else round(seconds, 3),
            stopping=state in ACTIVE and row.get("stop_asked") is not None,
            error=read.text("error"),
            diverged=read.integer("diverged"),
            script=row.get("config") is None,
            damaged=bool(read.damaged),
        )
        if not run.damaged:
            return run
        damage = f"its row in the lab is damaged: {', '.join(read.damaged)}"
        return replace(run, error=f"{run.error}; {damage}" if run.error else damage)


def schedule_text(schedule: dict[str, Any] | None) -> str:
    """A schedule as `ClassName(parameter=value, ...)`, or "none"."""
    if schedule is None:
        return "none"
    values = ", ".join(f"{name}={value}" for name, value in schedule["config"].items())
    return f"{schedule['class_name']}({values})"


def _details(row: Mapping[str, Any], read: RowReader) -> dict[str, Any]:
    if "details" not in row:
        # A file of version 1 that cannot be upgraded.
        return config_details(read.record("config") or {})
    return read.record("details") or {}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
