"""The thread that stores what a training process collects."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from prunelab.errors import LabError
from prunelab.keras_internals.fit_guard import FitGuard
from prunelab.lab import RunWriter, StepRow, UpdateRow
from prunelab.lab.processes.process_identity import HEARTBEAT_SECONDS
from prunelab.training.recording.step_collector import StepCollector
from prunelab.training.recording.uncaught_errors import error_text, shown_error, watch

__all__ = ["BackgroundWriter"]

# How often collected steps are stored: as often as the dashboard looks.
_WRITE_SECONDS = 0.2

# A lab that another program holds for a while is tried again; each try waits some seconds itself.
_TRIES = 3

# A notebook shows an error some milliseconds after `fit` was left; a script's is known at once.
_SECONDS_TO_SHOW = 1.0
_LOOKS = 20


def unstored_line(error: LabError) -> str:
    """What to say of a run whose steps find no place in the lab."""
    return f"training was stopped, since its steps could not be stored: {error}"


def diverged_line(what: str, loss: float, step: int | None = None) -> str:
    """What to say of a loss that is no finite number, and what helps."""
    when = "" if step is None else f" at step {step:,}"
    became = "NaN" if math.isnan(loss) else "infinite"
    return (
        f"{what} became {became}{when}: lower the learning rate, and look for values in the data "
        "that are not finite or far too large"
    )


class BackgroundWriter:
    """Writes collected steps every 200 ms, keeps the heartbeat, and sees requests to stop.

    Args:
        journal: The run to write to.
        stop: Set where a stop is asked for, or the lab can no longer be written.
        fit: The `fit` that is recorded; the run ends where an error leaves it. None where the
            process ends its run itself.

    Attributes:
        error: Why the lab can no longer be written; None as long as it can.
        diverged: The line that says when the loss was first no finite number; None as long as it
            is one. A `fit` that is a user's own goes on all the same, any other is stopped.
    """

    def __init__(
        self, journal: RunWriter, stop: threading.Event, fit: FitGuard | None = None
    ) -> None:
        self.error: LabError | None = None
        self.diverged: str | None = None
        self._journal = journal
        self._stop = stop
        self._fit = fit
        self._source: StepCollector | None = None
        # Of the thread alone: what is still to be stored.
        self._steps: list[StepRow] = []
        self._updates: list[UpdateRow] = []
        self._done = threading.Event()
        self._shown_before = shown_error()
        self._unwatch: Callable[[], None] = _nothing if fit is None else watch(self)
        self.thread_of_fit = None if fit is None else fit.thread
        self._thread = threading.Thread(target=self._write_until_done, daemon=True)
        self._thread.start()

    def collect_from(self, steps: StepCollector) -> None:
        """From now on stores what these come to."""
        self._source = steps

    def store(self, work: Callable[[], None]) -> None:
        """Does another piece of writing; where it fails, training stops and `error` says why."""
        for attempt in range(_TRIES):
            if self.error is not None:
                return
            try:
                work()
                return
            except LabError as error:
                if attempt == _TRIES - 1:
                    self.error = error
                    self._stop.set()
            time.sleep(_WRITE_SECONDS)

    def close(self) -> None:
        """Stores what is left and ends the thread; a second time it does nothing.

        Not while a batch is in training.
        """
        self._unwatch()
        self._done.set()
        self._thread.join()

    def epoch(
        self, epoch: int, step: int, val_loss: float | None, val_accuracy: float | None
    ) -> None:
        """Stores the validation after an epoch (from 1)."""
        if val_loss is not None and not math.isfinite(val_loss):
            self._note_divergence("the validation loss", val_loss, step)
        self.store(lambda: self._journal.write_epoch(epoch, step, val_loss, val_accuracy))

    def end(self, state: str, sparsity: float | None) -> None:
        """Stores what is left, and ends the run."""
        self.close()
        self._end(state, sparsity=sparsity)

    def break_off(self, error: BaseException | None = None) -> None:
        """Ends a run whose `fit` was left before its end.

        Args:
            error: What left it, where nobody caught that; None where the script is at its end, or
                goes on with another `fit`.
        """
        self.close()
        self._end_broken_off(error)

    def _write_until_done(self) -> None:
        beat = time.monotonic()
        while not self._done.wait(_WRITE_SECONDS):
            self._collect()
            if self._steps or time.monotonic() - beat > HEARTBEAT_SECONDS:
                self.store(self._flush)
                beat = time.monotonic()
            self.store(self._see_requests)
            if self._fit is not None and self._fit.gone and not self._done.is_set():
                self._store_the_rest()
                error = self._shown()
                if not self._done.is_set():
                    self._unwatch()
                    self._end_broken_off(error)
                return
        self._store_the_rest()

    def _shown(self) -> BaseException | None:
        """The error that left `fit`, as soon as it is shown; None where something caught it."""
        for _ in range(_LOOKS):
            error = shown_error()
            if error is not None and error is not self._shown_before:
                return error
            if self._done.wait(_SECONDS_TO_SHOW / _LOOKS):
                break  # Whoever closes this knows more.
        return None

    def _store_the_rest(self) -> None:
        if self._source is not None:
            # An error may have left `fit` in the midst of a batch, whose end is not noted.
            self._source.settle()
        self._collect()
        self.store(self._flush)

    def _end_broken_off(self, error: BaseException | None) -> None:
        last = self._source.done if self._source is not None else 0
        seen = self._source.failure if self._source is not None else None
        text = error_text(error) if error is not None else seen
        if text is None or text.startswith(KeyboardInterrupt.__name__):
            by = "an error that the script caught, or its end" if text is None else "ctrl-C"
            self._end("interrupted", error=f"fit was left after step {last}: by {by}")
        else:
            self._end("failed", error=f"fit was left after step {last}: {text}")

    def _end(self, state: str, *, sparsity: float | None = None, error: str | None = None) -> None:
        if self.error is not None:
            state, error = "failed", unstored_line(self.error)
        try:
            self._journal.end(state, sparsity=sparsity, error=error)
        except LabError as refused:
            self.error = self.error or refused

    def _collect(self) -> None:
        if self._source is not None:
            steps, updates = self._source.take()
            self._steps += steps
            self._updates += updates
            if self._source.diverged is not None:
                step, loss = self._source.diverged
                self._note_divergence("the loss", loss, step)

    def _note_divergence(self, what: str, loss: float, step: int) -> None:
        if self.diverged is not None:
            return
        line = self.diverged = diverged_line(what, loss, step)
        self.store(lambda: self._journal.write_divergence(step, line))
        if self._fit is None:
            self._stop.set()

    def _flush(self) -> None:
        self._journal.write(self._steps, self._updates)
        self._steps, self._updates = [], []

    def _see_requests(self) -> None:
        if self._journal.stop_asked():
            self._stop.set()


def _nothing() -> None:
    """Of a process that ends its run itself."""
