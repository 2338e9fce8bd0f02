"""`LabReader`: the reading side of a lab."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from platformdirs import user_data_path

from prunelab.errors import LabError, PrunelabError, UsageError
from prunelab.lab.config import RunConfig
from prunelab.lab.processes.ended_runs import missing_end
from prunelab.lab.run import Run
from prunelab.lab.store.database import Database
from prunelab.lab.store.end_note import EndNote
from prunelab.lab.store.readable_rows import read_table, run_rows
from prunelab.lab.store.sqlite_errors import plain_errors
from prunelab.user_files.paths import user_path

__all__ = ["LabReader", "default_lab"]


def default_lab() -> Path:
    """The folder of `PRUNELAB_LAB` where that is set, else one in the user's data folder."""
    given = os.environ.get("PRUNELAB_LAB")
    return user_path(given) if given else user_data_path("prunelab") / "lab"


class LabReader:
    """The reading side of a lab. It also declares runs ended whose process is gone.

    Args:
        folder: The folder; by default `default_lab()`.
        make: Whether to make it where it is not there. Otherwise it is read as an empty lab, and
            made by the first write.

    Raises:
        LabError: where the folder cannot be made or read, or holds something else.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None, *, make: bool = True) -> None:
        self.folder = user_path(folder) if folder is not None else default_lab()
        self._lock = threading.RLock()
        self._database = Database(self.folder, make)
        self._damage: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy, or a pickle read by another process, opens the same folder for itself."""
        return type(self), (self.folder.absolute(),)

    @property
    def notice(self) -> str | None:
        """A line to show to whoever reads the lab; None where all is well.

        It says that nothing can be written, and why, or that a part of the file is damaged.
        """
        with self._lock:
            refusal, damage = self._database.refusal(), self._damage
        if damage is not None:
            return damage
        if refusal is None:
            return None
        mend = "free some space" if "full" in refusal else "make it writable"
        if "malformed" in refusal:
            mend = f"keep what can be read with prunelab rescue NEW_FOLDER --lab {self.folder},"
        return (
            f"lab {self.folder} can only be read, {refusal}: what is stored is shown; "
            f"to train, {mend} or choose another with --lab"
        )

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._database.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time; SQLite's errors become `LabError`."""
        with self._lock, plain_errors(self.folder):
            yield self._database.reading()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Likewise, with all of the block's writes committed at its end, or none."""
        with self._lock, plain_errors(self.folder), self._database.writing() as connection:
            yield connection

    def runs(self) -> list[Run]:
        """All runs, the newest first. A run whose process is gone becomes `interrupted` here."""
        return [Run.from_row(row) for row in self._rows()]

    def run(self, number: int) -> Run:
        """One run.

        Raises:
            UsageError: where there is none of that number.
        """
        rows = self._rows(number)
        if rows:
            return Run.from_row(rows[0])
        with self.reading() as connection:
            top = connection.execute("SELECT max(id) FROM runs").fetchone()[0]
        known = f"its runs go up to {top}" if top else "it has no runs yet"
        raise UsageError(f"run {number} is not in lab {self.folder}: {known}")

    def config(self, number: int) -> RunConfig:
        """The config that a run was asked for with.

        Raises:
            UsageError: where there is no such run, or it came from a user's own script.
        """
        self.run(number)
        with self.reading() as connection:
            row = connection.execute("SELECT config FROM runs WHERE id = ?", (number,)).fetchone()
        if row[0] is None:
            raise UsageError(f"run {number} came from a script: only that script can train it")
        try:
            record = json.loads(row[0])
            if not isinstance(record, dict):
                raise TypeError("it is no JSON object")
            return RunConfig.from_record(record)
        except PrunelabError:
            raise
        except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise UsageError(
                f"run {number} of lab {self.folder} is damaged, its config cannot be read "
                f"({error}): start it anew"
            ) from error

    def metrics(self, number: int, after: int = 0) -> pd.DataFrame:
        """What was stored of a run's steps, one row a step, in order.

        Args:
            number: The run.
            after: Only steps above this one.

        Returns:
            Columns `step`, `epoch` (both from 1), `loss`, `accuracy` (of that batch alone),
            `scheduled_sparsity`, `sparsity` (fractions) and `seconds` since the run began.
        """
        return self._read_table(
            "SELECT step, epoch, loss, accuracy, scheduled_sparsity, sparsity, seconds "
            "FROM steps WHERE run = ? AND step > ? AND typeof(step) = 'integer' ORDER BY step",
            (number, after),
        )

    def updates(self, number: int, after: int = 0) -> pd.DataFrame:
        """The mask updates of a run: `step`, `weight` (path), `sparsity`, `threshold`."""
        return self._read_table(
            "SELECT step, weight, sparsity, threshold FROM updates "
            "WHERE run = ? AND step > ? AND typeof(step) = 'integer' ORDER BY step, weight",
            (number, after),
        )

    def epochs(self, number: int, after: int = 0) -> pd.DataFrame:
        """The ends of epochs of a run: `epoch`, `step`, `val_loss`, `val_accuracy`."""
        return self._read_table(
            "SELECT epoch, step, val_loss, val_accuracy FROM epochs "
            "WHERE run = ? AND epoch > ? AND typeof(epoch) = 'integer' ORDER BY epoch",
            (number, after),
        )

    def seconds_a_step(self, number: int) -> float | None:
        """How long a step of a run takes at present: over its last 100; None before the second."""
        steps = self._read_table(
            "SELECT seconds FROM steps WHERE run = ? AND step > ? AND typeof(step) = 'integer' "
            "ORDER BY step DESC LIMIT 100",
            (number, 0),
        )
        seconds = steps["seconds"].dropna()
        if len(seconds) < 2:
            return None
        return float(seconds.max() - seconds.min()) / (len(seconds) - 1)

    def model_path(self, number: int) -> Path:
        """Where the trained model of a run is saved."""
        return self.folder / "models" / f"{number}.keras"

    def model_file(self, number: int) -> Path | None:
        """Absolute path of the trained model of a run; None where there is no such file."""
        path = self.model_path(number).absolute()
        return path if os.path.isfile(path) else None  # noqa: PTH113

    def end_note(self, number: int) -> EndNote:
        """The note that the process of a run writes if the lab cannot be written."""
        return EndNote(self.folder / "logs" / f"{number}.end")

    def log_path(self, number: int) -> Path:
        """Where the training process of a run writes what it prints."""
        return self.folder / "logs" / f"{number}.log"

    def _read_table(self, query: str, values: tuple[int, int]) -> pd.DataFrame:
        with self.reading() as connection:
            return read_table(connection, query, values, self._note_damage)

    def _rows(self, number: int | None = None) -> list[dict[str, Any]]:
        """Rows of runs; those whose process is gone are ended in them, and in the file."""
        with self.reading() as connection:
            rows = run_rows(connection, self._note_damage, number)
        ended: dict[int, dict[str, Any]] = {}
        for row in rows:
            values = missing_end(row, self.end_note(row["id"]), self.log_path(row["id"]))
            if values is not None:
                ended[row["id"]] = values
        if ended and self._stored(ended):
            with self.reading() as connection:
                return run_rows(connection, self._note_damage, number)
        return [row | ended.get(row["id"], {}) for row in rows]

    def _stored(self, ended: Mapping[int, Mapping[str, Any]]) -> bool:
        """Stores these ends if possible; where not, `notice` says why."""
        if self._database.refusal() is not None:
            return False
        try:
            with self.writing() as connection:
                for number, values in ended.items():
                    names = ", ".join(f"{name} = ?" for name in values)
                    # Only if nothing changed since: the process may have stored its own end.
                    connection.execute(
                        f"UPDATE runs SET {names} WHERE id = ? AND state IN ('queued', 'running')",
                        (*values.values(), number),
                    )
        except LabError:
            return False
        for number in ended:
            self.end_note(number).delete()
        return True

    def _note_damage(self, error: sqlite3.Error) -> None:
        try:
            with plain_errors(self.folder):
                raise error
        except LabError as plain:
            self._damage = str(plain)
