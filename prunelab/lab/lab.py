"""`Lab`: the folder with all runs, to read and to write."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from prunelab.errors import LabError
from prunelab.lab.config import RunConfig
from prunelab.lab.config_details import plain_json, storable
from prunelab.lab.processes.process_identity import Worker, monotonic_now
from prunelab.lab.reader import LabReader, default_lab
from prunelab.lab.run import Run
from prunelab.lab.run_columns import run_columns
from prunelab.schedules.values.validation import seed_of

__all__ = ["Lab", "default_lab"]


class Lab(LabReader):
    """One folder with all runs: views read it, and request things by writing to it.

    Safe to use from several threads and several processes at once.

    Args:
        folder: The folder; by default `default_lab()`.
        make: Whether to make it where it is not there. Otherwise it is read as an empty lab, and
            made by the first write.

    Raises:
        LabError: where the folder cannot be made or read, or holds something else.
    """

    def add(self, config: RunConfig) -> int:
        """Enters a run and returns its number; `prunelab.lab.start` also gives it a process."""
        return self._insert(state="queued", **run_columns(config))

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

        Raises:
            UsageError: for a seed that is none.
        """
        return self._insert(
            name=name,
            state="queued",
            schedule=schedule,
            dataset=dataset,
            model=model,
            seed=None if seed is None else seed_of(seed),
            epochs=epochs,
            batch_size=batch_size,
            steps=steps,
            details=plain_json(dict(details or {})),
        )

    def stop(self, number: int) -> Run:
        """Ends a run that waits, and asks one that trains to stop at its next batch.

        One that has ended stays as it is. Where the lab cannot be written, the run's process is
        sent a signal instead.

        Raises:
            UsageError: where there is no such run.
            LabError: where neither the lab can be written nor the process be signalled.
        """
        if self.run(number).active:
            try:
                self._request_stop(number)
            except LabError:
                if not self._terminate_process(number):
                    raise
        return self.run(number)

    def _request_stop(self, number: int) -> None:
        now = time.time()
        with self.writing() as connection:
            # Ended here: its process may be suspended or gone, and reads this whenever it wakes.
            waiting = connection.execute(
                "UPDATE runs SET state = 'stopped', ended = ? "
                "WHERE id = ? AND state = 'queued' AND config IS NOT NULL",
                (now, number),
            )
            if not waiting.rowcount:
                connection.execute(
                    "INSERT OR IGNORE INTO requests VALUES (?, 'stop', ?)", (number, now)
                )

    def _terminate_process(self, number: int) -> bool:
        """Sends SIGTERM to a run's process; never to a user's own script."""
        with self.reading() as connection:
            row = connection.execute("SELECT * FROM runs WHERE id = ?", (number,)).fetchone()
        values = dict(row)
        worker = Worker.of_row(values)
        own = values["config"] is not None and values["launched"]
        return bool(own and worker is not None and worker.end())

    def assign(self, number: int, worker: Worker) -> None:
        """Stores which process trains a run."""
        values = worker.columns() | {
            "heartbeat": time.time(),
            "beat": monotonic_now(),
            "launched": 1,
        }
        names = ", ".join(f"{name} = ?" for name in values)
        with self.writing() as connection:
            connection.execute(f"UPDATE runs SET {names} WHERE id = ?", (*values.values(), number))

    def _insert(self, *, schedule: Any, **values: Any) -> int:
        now = time.time()
        # Until it has a process of its own, the run belongs to the calling one.
        values |= Worker.this().columns()
        values |= {"created": now, "heartbeat": now, "beat": monotonic_now()}
        values["schedule"] = plain_json(schedule) if schedule is not None else None
        marks = ", ".join("?" * len(values))
        stored = tuple(map(storable, values.values()))
        with self.writing() as connection:
            cursor = connection.execute(
                f"INSERT INTO runs ({', '.join(values)}) VALUES ({marks})", stored
            )
        return int(cursor.lastrowid or 0)
