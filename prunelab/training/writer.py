"""The thread that stores what a training process collects."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from prunelab.errors import LabError
from prunelab.lab import Journal, StepRow, UpdateRow
from prunelab.lab.process import HEARTBEAT_SECONDS
from prunelab.training.caller import Caller

__all__ = ["Writer"]

# How often collected steps are stored: often enough to look live, and next to nothing a step.
_WRITE_SECONDS = 0.15


class Writer:
    """Writes collected steps every 150 ms, keeps the heartbeat, and sees requests to stop.

    Made in the thread that trains; ends by itself where the `fit` around it breaks off.

    Args:
        journal: The run to write to.
        stop: Set where a stop is asked for, or the lab can no longer be written.
        on_broken_off: Called where `fit` was left by an error, after the last steps were stored.
    """

    def __init__(
        self, journal: Journal, stop: threading.Event, on_broken_off: Callable[[], None]
    ) -> None:
        self.error: LabError | None = None
        self._journal = journal
        self._stop = stop
        self._on_broken_off = on_broken_off
        self._steps: list[StepRow] = []
        self._updates: list[UpdateRow] = []
        self._pending = threading.Lock()
        self._done = threading.Event()
        self._caller = Caller()
        self._thread = threading.Thread(target=self._write_until_done, daemon=True)
        self._thread.start()

    def add(self, step: StepRow, updates: Sequence[UpdateRow]) -> None:
        """Collects one step, with the mask updates that came before it."""
        with self._pending:
            self._steps.append(step)
            self._updates += updates

    def store(self, work: Callable[[], None]) -> None:
        """Does another piece of writing; once one fails, training stops and `error` says why."""
        if self.error is not None:
            return
        try:
            work()
        except LabError as error:
            self.error = error
            self._stop.set()

    def close(self) -> None:
        """Stores what is left and ends the thread."""
        self._done.set()
        self._thread.join()

    def _write_until_done(self) -> None:
        beat = time.monotonic()
        while not self._done.wait(_WRITE_SECONDS):
            if self._steps or time.monotonic() - beat > HEARTBEAT_SECONDS:
                self.store(self._flush)
                beat = time.monotonic()
            self.store(self._see_requests)
            if self._caller.gone and not self._done.is_set():
                self.store(self._flush)
                self.store(self._on_broken_off)
                return
        self.store(self._flush)

    def _flush(self) -> None:
        with self._pending:
            steps, self._steps = self._steps, []
            updates, self._updates = self._updates, []
        self._journal.write(steps, updates)

    def _see_requests(self) -> None:
        if self._journal.stop_asked():
            self._stop.set()
