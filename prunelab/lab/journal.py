"""`Journal`: the writing side of one run."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from typing import NamedTuple

from prunelab.lab.lab import Lab
from prunelab.lab.process import Worker, beat_now

__all__ = ["Journal", "StepRow", "UpdateRow"]


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


class Journal:
    """Writes what happens in a run that the calling process does.

    Args:
        lab: The lab.
        run: Number of the run in it.
    """

    def __init__(self, lab: Lab, run: int) -> None:
        self.lab = lab
        self.run = run

    def take_turn(self, at_once: int) -> str:
        """Begins the run if it is its turn.

        Args:
            at_once: How many runs of the lab may train at the same time.

        Returns:
            The state it then has: "queued" (not yet), "running", "stopped" where a stop was asked
            for while it waited, or the one in which somebody else ended it.
        """
        # All runs: a dead process is to hold no place.
        state = next(run.state for run in self.lab.runs() if run.id == self.run)
        if state != "queued":
            return state
        now = time.time()
        with self.lab.writing() as connection:
            connection.execute(
                "UPDATE runs SET heartbeat = ?, beat = ? WHERE id = ?", (now, beat_now(), self.run)
            )
            if self._asked_to_stop(connection):
                self._set(connection, "stopped", ended=now)
                return "stopped"
            ahead = connection.execute(
                "SELECT count(*) FROM runs WHERE config IS NOT NULL AND launched "
                "AND (state = 'running' OR (state = 'queued' AND id < ?))",
                (self.run,),
            ).fetchone()[0]
            if ahead >= at_once:
                return "queued"
            self._set(connection, "running", started=now)
        return "running"

    def begin(self) -> None:
        """Begins the run at once, as the calling process's own."""
        self.lab.assign(self.run, Worker.this())
        with self.lab.writing() as connection:
            self._set(connection, "running", started=time.time())

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
            connection.execute(
                "UPDATE runs SET heartbeat = ?, beat = ?, steps_done = max(steps_done, ?) "
                "WHERE id = ?",
                (time.time(), beat_now(), done, self.run),
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
        """Ends the run with what it came to."""
        now = time.time()
        with self.lab.writing() as connection:
            self._set(
                connection,
                state,
                ended=now,
                heartbeat=now,
                sparsity=sparsity,
                test_accuracy=test_accuracy,
                test_loss=test_loss,
                bytes=json.dumps(sizes) if sizes is not None else None,
                error=error,
            )

    def _asked_to_stop(self, connection: sqlite3.Connection) -> bool:
        query = "SELECT 1 FROM requests WHERE run = ? AND kind = 'stop'"
        return connection.execute(query, (self.run,)).fetchone() is not None

    def _set(self, connection: sqlite3.Connection, state: str, **values: object) -> None:
        names = "".join(f", {name} = ?" for name in values)
        connection.execute(
            f"UPDATE runs SET state = ?{names} WHERE id = ?", (state, *values.values(), self.run)
        )
