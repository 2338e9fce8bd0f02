"""`Lab`: where runs are asked for, followed and read."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from platformdirs import user_data_path

from prunelab.errors import LabError, UsageError
from prunelab.lab.config import RunConfig
from prunelab.lab.database import connect, plain_errors, transaction
from prunelab.lab.details import details_of
from prunelab.lab.process import Worker, beat_now
from prunelab.lab.run import Run
from prunelab.paths import user_path

__all__ = ["Lab", "default_lab"]

_RUNS = """SELECT runs.*, requests.asked AS stop_asked FROM runs
    LEFT JOIN requests ON requests.run = runs.id AND requests.kind = 'stop'"""

# What a record holds beside choices that make another run: what is known of its data follows.
_NO_CHOICES = frozenset({"seed", "name", "data"})


def default_lab() -> Path:
    """The folder of `PRUNELAB_LAB` where that is set, else one in the user's data folder."""
    given = os.environ.get("PRUNELAB_LAB")
    return user_path(given) if given else user_data_path("prunelab") / "lab"


class Lab:
    """One folder with all runs: views read it, and ask for things by writing to it.

    Safe to use from several threads and several processes at once.

    Args:
        folder: The folder, made if needed; by default `default_lab()`.

    Raises:
        LabError: where the folder cannot be written, or holds something else.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self.folder = user_path(folder) if folder is not None else default_lab()
        self._lock = threading.RLock()
        self._connection = connect(self.folder)
        self._file = _identity(self.folder)

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy, or a pickle read by another process, opens the same folder for itself."""
        return type(self), (self.folder.absolute(),)

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time, with errors in plain words."""
        with self._lock, plain_errors(self.folder):
            self._check_that_it_is_there()
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Likewise, with all of the block's writes committed at its end, or none."""
        with self.reading() as connection, transaction(connection):
            yield connection

    def add(self, config: RunConfig) -> int:
        """Enters a run and returns its number; `prunelab.lab.start` also gives it a process."""
        record = config.to_record()
        name = config.name or _name(record)
        return self._insert(
            name=name,
            state="queued",
            schedule=_without_answers(record["schedule"]),
            choices=_choices(record | config.decided),
            dataset=config.dataset,
            model=config.model,
            seed=config.seed,
            epochs=config.epochs,
            batch_size=config.batch_size,
            steps=config.plan.steps,
            config=json.dumps(record),
            details=json.dumps(details_of(record | config.decided)),
        )

    def add_script(
        self,
        name: str,
        model: str,
        schedule: Any,
        epochs: int,
        steps: int,
        *,
        seed: int | None = None,
        dataset: str = "script",
        batch_size: int | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> int:
        """Enters a run that the calling process trains itself.

        Args:
            name: What it is called in tables.
            model: Name of its model.
            schedule: The schedule's config, or None.
            epochs: Epochs planned.
            steps: Steps planned; 0 where that is not known.
            seed: Its seed, where the script says one.
            dataset: What it trains on.
            batch_size: Samples a step, where that is known.
            details: What else was chosen, by name: numbers, texts, or other plain data.

        Returns:
            The number of the run.
        """
        return self._insert(
            name=name,
            state="queued",
            schedule=schedule,
            dataset=dataset,
            model=model,
            seed=seed,
            epochs=epochs,
            batch_size=batch_size,
            steps=steps,
            details=json.dumps(dict(details or {})),
        )

    def runs(self) -> list[Run]:
        """All runs, the newest first. A run whose process is gone becomes `interrupted` here."""
        self._settle()
        with self.reading() as connection:
            rows = connection.execute(f"{_RUNS} ORDER BY id DESC").fetchall()
        return [Run.from_row(row) for row in rows]

    def run(self, number: int) -> Run:
        """One run.

        Raises:
            UsageError: where there is none of that number.
        """
        self._settle()
        with self.reading() as connection:
            row = connection.execute(f"{_RUNS} WHERE id = ?", (number,)).fetchone()
            if row is None:
                top = connection.execute("SELECT max(id) FROM runs").fetchone()[0]
        if row is None:
            known = f"its runs go up to {top}" if top else "it has no runs yet"
            raise UsageError(f"run {number} is not in lab {self.folder}: {known}")
        return Run.from_row(row)

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
        return RunConfig.from_record(json.loads(row[0]))

    def metrics(self, number: int, after: int = 0) -> pd.DataFrame:
        """What was stored of a run's steps, one row a step, in order.

        Args:
            number: The run.
            after: Only steps above this one.

        Returns:
            Columns `step`, `epoch` (both from 1), `loss`, `accuracy` (of that batch alone),
            `scheduled_sparsity`, `sparsity` (fractions) and `seconds` since the run began.
        """
        return self._frame(
            "SELECT step, epoch, loss, accuracy, scheduled_sparsity, sparsity, seconds "
            "FROM steps WHERE run = ? AND step > ? ORDER BY step",
            (number, after),
        )

    def updates(self, number: int, after: int = 0) -> pd.DataFrame:
        """The mask updates of a run: `step`, `weight` (path), `sparsity`, `threshold`."""
        return self._frame(
            "SELECT step, weight, sparsity, threshold FROM updates "
            "WHERE run = ? AND step > ? ORDER BY step, weight",
            (number, after),
        )

    def epochs(self, number: int, after: int = 0) -> pd.DataFrame:
        """The ends of epochs of a run: `epoch`, `step`, `val_loss`, `val_accuracy`."""
        return self._frame(
            "SELECT epoch, step, val_loss, val_accuracy FROM epochs "
            "WHERE run = ? AND epoch > ? ORDER BY epoch",
            (number, after),
        )

    def seconds_a_step(self, number: int) -> float | None:
        """How long a step of a run takes at present: over its last 100; None before the second."""
        with self.reading() as connection:
            last, first, count = connection.execute(
                "SELECT max(seconds), min(seconds), count(*) FROM (SELECT seconds FROM steps "
                "WHERE run = ? ORDER BY step DESC LIMIT 100)",
                (number,),
            ).fetchone()
        return (last - first) / (count - 1) if count > 1 else None

    def stop(self, number: int) -> Run:
        """Asks a run to stop at its next batch; one that has ended stays as it is."""
        run = self.run(number)
        if run.active:
            with self.writing() as connection:
                connection.execute(
                    "INSERT OR IGNORE INTO requests VALUES (?, 'stop', ?)", (number, time.time())
                )
        return self.run(number)

    def assign(self, number: int, worker: Worker) -> None:
        """Says which process does a run."""
        values = worker.columns() | {"heartbeat": time.time(), "beat": beat_now(), "launched": 1}
        names = ", ".join(f"{name} = ?" for name in values)
        with self.writing() as connection:
            connection.execute(f"UPDATE runs SET {names} WHERE id = ?", (*values.values(), number))

    def model_path(self, number: int) -> Path:
        """Where the trained model of a run is saved."""
        return self.folder / "models" / f"{number}.keras"

    def log_path(self, number: int) -> Path:
        """Where the training process of a run writes what it prints."""
        return self.folder / "logs" / f"{number}.log"

    def _check_that_it_is_there(self) -> None:
        """A deleted file can still be read and written, and nobody else would see it."""
        if _identity(self.folder) != self._file:
            raise LabError(f"lab {self.folder} was deleted meanwhile: open it again to begin anew")

    def _insert(self, *, schedule: Any, **values: Any) -> int:
        now = time.time()
        # Until its own process is there, the run belongs to the one that asks for it.
        values |= Worker.this().columns()
        values |= {"created": now, "heartbeat": now, "beat": beat_now()}
        values["schedule"] = json.dumps(schedule) if schedule is not None else None
        marks = ", ".join("?" * len(values))
        with self.writing() as connection:
            cursor = connection.execute(
                f"INSERT INTO runs ({', '.join(values)}) VALUES ({marks})", tuple(values.values())
            )
        return int(cursor.lastrowid or 0)

    def _frame(self, query: str, values: tuple[int, int]) -> pd.DataFrame:
        with self.reading() as connection:
            return pd.read_sql_query(query, connection, params=values)

    def _settle(self) -> None:
        """Declares runs interrupted whose process is gone."""
        with self.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM runs WHERE state IN ('queued', 'running')"
            ).fetchall()
        for row in map(dict, rows):
            worker = Worker.of_row(row)
            if worker is not None and worker.alive(row["heartbeat"], row.get("beat")):
                continue
            told = (
                f"the training process ended without a word after step {row['steps_done']}: "
                f"its log is {self.log_path(row['id'])}"
            )
            with self.writing() as connection:
                # Only if nothing changed since: the process may have ended in good order.
                connection.execute(
                    "UPDATE runs SET state = 'interrupted', ended = heartbeat, error = ? "
                    "WHERE id = ? AND pid = ? AND state IN ('queued', 'running')",
                    (told, row["id"], row["pid"]),
                )


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = (folder / "lab.sqlite").stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _choices(record: dict[str, Any]) -> str:
    """A digest of all that a run was asked for but its seed and name: equal for repeated seeds."""
    same = {name: value for name, value in record.items() if name not in _NO_CHOICES}
    return hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()[:16]


def _name(record: dict[str, Any]) -> str:
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
