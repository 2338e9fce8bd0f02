"""`RunWriter`: the writing side of one run."""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from prunelab.errors import LabError
from prunelab.lab.lab import Lab
from prunelab.lab.processes.process_identity import Worker, monotonic_now

__all__ = ["RunWriter", "StepRow", "UpdateRow"]


class StepRow(NamedTuple):
    """One step: see `Lab.metrics`."""

    step: int
    epoch: int
    loss: float | None
    accuracy: float | None
    scheduled_sparsity: float | None
    sparsity: float | None
    seconds: float


class UpdateRow(NamedTuple):
    """One weight at one mask update: see `Lab.updates`."""

    step: int
    weight: str
    sparsity: float
    threshold: float


class RunWriter:
    """Writes what happens in a run that the calling process does.

    Args:
        lab: The lab.
        run: Number of the run in it.
    """

    def __init__(self, lab: Lab, run: int) -> None:
        self.lab = lab
        self.run = run
        # On the monotonic clock; None before it begins.
        self._began: float | None = None

    def take_turn(self, max_running: int) -> str:
        """Begins the run if its place in the queue allows it.

        Args:
            max_running: How many runs of the lab may train at the same time.

        Returns:
            The state it then has: "queued" (not yet), "running", "stopped" where a stop was asked
            for while it waited, or the one in which somebody else ended it.
        """
        # Declares runs of dead processes ended, so that they do not block the queue.
        self.lab.runs()
        now, beat = time.time(), monotonic_now()
        with self.lab.writing() as connection:
            state = str(
                connection.execute("SELECT state FROM runs WHERE id = ?", (self.run,)).fetchone()[0]
            )
            if state != "queued":
                return state
            connection.execute(
                "UPDATE runs SET heartbeat = ?, beat = ? WHERE id = ?", (now, beat, self.run)
            )
            ahead = connection.execute(
                "SELECT count(*) FROM runs WHERE config IS NOT NULL AND launched "
                "AND (state = 'running' OR (state = 'queued' AND id < ?))",
                (self.run,),
            ).fetchone()[0]
            if ahead >= max_running:
                return "queued"
            self._set(connection, "running", started=now)
        self._began = beat
        return "running"

    def reserve(self) -> None:
        """Takes the space for the run's end now: the disk may be full by then."""
        self.lab.end_note(self.run).reserve()

    def begin(self) -> None:
        """Begins the run at once, as the calling process's own."""
        self.lab.assign(self.run, Worker.this())
        self.reserve()
        with self.lab.writing() as connection:
            self._set(connection, "running", started=time.time())
        self._began = monotonic_now()

    def write(self, steps: Sequence[StepRow], updates: Sequence[UpdateRow]) -> None:
        """Stores steps and mask updates, all or none, and the heartbeat with them."""
        run = (self.run,)
        with self.lab.writing() as connection:
            connection.executemany(
                "INSERT INTO steps VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [run + row for row in steps]
            )
            connection.executemany(
                "INSERT INTO updates VALUES (?, ?, ?, ?, ?)", [run + row for row in updates]
            )
            done = steps[-1].step if steps else 0
            # A reader may have declared a suspended process interrupted.
            connection.execute(
                "UPDATE runs SET heartbeat = ?, beat = ?, seconds = ?, "
                "steps_done = max(steps_done, ?), "
                "error = CASE state WHEN 'interrupted' THEN NULL ELSE error END, "
                "ended = CASE state WHEN 'interrupted' THEN NULL ELSE ended END, "
                "state = CASE state WHEN 'interrupted' THEN 'running' ELSE state END "
                "WHERE id = ?",
                (time.time(), monotonic_now(), self._seconds(), done, self.run),
            )

    def write_epoch(
        self, epoch: int, step: int, val_loss: float | None, val_accuracy: float | None
    ) -> None:
        """Stores the validation after an epoch (from 1)."""
        with self.lab.writing() as connection:
            connection.execute(
                "INSERT INTO epochs VALUES (?, ?, ?, ?, ?)",
                (self.run, epoch, step, val_loss, val_accuracy),
            )

    def write_divergence(self, step: int, message: str) -> None:
        """Stores the step after which the loss was first NaN or infinite, and an error line."""
        with self.lab.writing() as connection:
            connection.execute(
                "UPDATE runs SET diverged = ?, error = ? WHERE id = ? AND diverged IS NULL",
                (step, message, self.run),
            )

    def stop_asked(self) -> bool:
        """Whether somebody asked the run to stop."""
        with self.lab.reading() as connection:
            return self._asked_to_stop(connection)

    def end(
        self,
        state: str,
        *,
        sparsity: float | None = None,
        test_accuracy: float | None = None,
        test_loss: float | None = None,
        sizes: dict[str, int] | None = None,
        error: str | None = None,
    ) -> None:
        """Ends the run with its results.

        Where the lab cannot be written, they go to a note, which readers of the lab find.

        Raises:
            LabError: where neither can be written.
        """
        now = time.time()
        values: dict[str, Any] = {
            "ended": now,
            "heartbeat": now,
            "seconds": self._seconds(),
            "sparsity": _finite(sparsity),
            "test_accuracy": _finite(test_accuracy),
            "test_loss": _finite(test_loss),
            "bytes": _json(sizes),
            "error": error,
        }
        if error is None:
            # Keeps a message that was stored while it trained.
            del values["error"]
        note = self.lab.end_note(self.run)
        try:
            with self.lab.writing() as connection:
                self._set(connection, state, **values)
        except LabError as refused:
            try:
                note.write({"state": state, **values})
            except OSError:
                raise refused from None
        else:
            note.delete()

    def write_result(
        self,
        *,
        sparsity: float | None,
        test_accuracy: float,
        test_loss: float,
        sizes: dict[str, int] | None,
        error: str | None,
    ) -> None:
        """Stores the test result and sizes of a run that has ended."""
        results = (_finite(sparsity), _finite(test_accuracy), _finite(test_loss), _json(sizes))
        with self.lab.writing() as connection:
            connection.execute(
                "UPDATE runs SET sparsity = ?, test_accuracy = ?, test_loss = ?, bytes = ?, "
                "error = coalesce(?, error) WHERE id = ?",
                (*results, error, self.run),
            )

    def _seconds(self) -> float | None:
        return None if self._began is None else monotonic_now() - self._began

    def _asked_to_stop(self, connection: sqlite3.Connection) -> bool:
        query = "SELECT 1 FROM requests WHERE run = ? AND kind = 'stop'"
        return connection.execute(query, (self.run,)).fetchone() is not None

    def _set(self, connection: sqlite3.Connection, state: str, **values: object) -> None:
        names = "".join(f", {name} = ?" for name in values)
        connection.execute(
            f"UPDATE runs SET state = ?{names} WHERE id = ?", (state, *values.values(), self.run)
        )


def _json(sizes: dict[str, int] | None) -> str | None:
    return None if sizes is None else json.dumps(sizes)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
