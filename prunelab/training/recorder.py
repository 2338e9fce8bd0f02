"""`RunRecorder`: every step of a `fit` into the lab."""

from __future__ import annotations

import threading
import time
from typing import Any

import keras

from prunelab.errors import LabError, UsageError
from prunelab.lab import Journal, Lab, StepRow, UpdateRow
from prunelab.lab.process import HEARTBEAT_SECONDS
from prunelab.pruning import PruneLowMagnitude, pruning_of
from prunelab.schedules import schedule_record
from prunelab.training.probe import Probe

__all__ = ["RunRecorder"]

# How often collected steps are stored: often enough to look live, and next to nothing a step.
_WRITE_SECONDS = 0.15


class RunRecorder(keras.callbacks.Callback):
    """Stores the metrics of every step in a lab, where the dashboard and the commands see them.

    A thread writes what was collected every 150 ms and looks whether a stop was asked for; the
    training itself only appends to a list.

    Args:
        lab: The lab, or nothing for the default one.
        name: What the run is called; by default the model's name.
        run: Number of a run of the lab that this `fit` carries out. Without it a run is entered
            when training begins, and ended when it ends.

    Attributes:
        run: Number of the run, from the beginning of training on.

    Raises:
        UsageError: in `fit`, where the model is compiled with `steps_per_execution` above 1.
        LabError: at the end of `fit`, where the lab could no longer be written; training was
            stopped then.
    """

    def __init__(self, lab: Lab | None = None, name: str = "", *, run: int | None = None) -> None:
        super().__init__()
        self.run = run
        self._lab = lab if lab is not None else Lab()
        self._name = name
        self._entered_here = run is None
        self._error: LabError | None = None

    @property
    def stop_asked(self) -> bool:
        """Whether training was (or will be, at the next batch) stopped by a request."""
        return self._stop.is_set()

    def request_stop(self) -> None:
        """Stops training at the next batch."""
        self._stop.set()

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Enters the run and starts the writing thread."""
        if self.model.steps_per_execution != 1:
            raise UsageError(
                f"steps_per_execution={self.model.steps_per_execution} hides single steps: "
                "compile the model with steps_per_execution=1"
            )
        if self._entered_here:
            # Every `fit` of a script is a run of its own.
            self.run, self._error = None, None
        self._step, self._epoch = 0, 0
        self._steps: list[StepRow] = []
        self._updates: list[UpdateRow] = []
        self._pending = threading.Lock()
        self._stop, self._done = threading.Event(), threading.Event()
        self._pruning: PruneLowMagnitude | None = None
        self._journal: Journal | None = None
        self._probe = Probe(self.model)
        self._began = time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Counts epochs from 1. All callbacks have begun by now, so the run can be described."""
        self._epoch = epoch + 1
        if self._journal is None:
            self._open_journal()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Collects the step; stops training where that was asked for."""
        self._step += 1
        loss, accuracy, sparsity = self._probe.read()
        seconds = time.monotonic() - self._began
        pruning = self._pruning
        with self._pending:
            if pruning is not None and pruning.updated:
                self._updates += [
                    UpdateRow(self._step, weight.path, weight.sparsity, weight.threshold)
                    for weight in pruning.weights
                ]
            scheduled = self._scheduled(self._step)
            self._steps.append(
                StepRow(self._step, self._epoch, loss, accuracy, scheduled, sparsity, seconds)
            )
        if self._stop.is_set():
            self.model.stop_training = True

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """A stop does not wait for the end of a validation."""
        if self._stop.is_set():
            self.model.stop_evaluating = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Stores the validation of the epoch."""
        values = logs or {}
        if "val_loss" in values and not self._stop.is_set() and self._journal is not None:
            accuracy = next((values[name] for name in values if name.startswith("val_acc")), None)
            self._guard(
                self._journal.write_epoch, self._epoch, self._step, values["val_loss"], accuracy
            )

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Stores what is left and, for a run entered here, ends it."""
        self._done.set()
        if self._journal is not None:
            self._thread.join()
        self._probe.close()
        if self._journal is not None and self._entered_here and self._error is None:
            sparsity = self._pruning.sparsity if self._pruning else 0.0
            state = "stopped" if self._stop.is_set() else "finished"
            self._guard(self._journal.end, state, sparsity=sparsity)
        if self._error is not None:
            raise self._error

    def _open_journal(self) -> None:
        self._pruning = pruning_of(self.model)
        schedule = self._pruning.schedule if self._pruning else None
        epochs, each = self.params["epochs"], self.params.get("steps") or 0
        if self.run is None:
            self.run = self._lab.add_script(
                self._name or self.model.name,
                self.model.name,
                schedule_record(schedule, max(epochs * each, 1)),
                epochs,
                epochs * each,
            )
            Journal(self._lab, self.run).begin()
        self._journal = Journal(self._lab, self.run)
        self._thread = threading.Thread(target=self._write_until_done, daemon=True)
        self._thread.start()

    def _scheduled(self, step: int) -> float:
        if self._pruning is None:
            return 0.0
        schedule = self._pruning.schedule
        if step < getattr(schedule, "begin_step", 0):
            return 0.0
        return float(schedule.on(step)[1])

    def _write_until_done(self) -> None:
        """The thread: stores what was collected, keeps the heartbeat, sees requests."""
        beat = time.monotonic()
        while not self._done.wait(_WRITE_SECONDS):
            late = time.monotonic() - beat > HEARTBEAT_SECONDS
            if self._steps or late:
                self._guard(self._flush)
                beat = time.monotonic()
            self._guard(self._see_requests)
        self._guard(self._flush)

    def _flush(self) -> None:
        with self._pending:
            steps, self._steps = self._steps, []
            updates, self._updates = self._updates, []
        assert self._journal is not None
        self._journal.write(steps, updates)

    def _see_requests(self) -> None:
        assert self._journal is not None
        if self._journal.stop_asked():
            self._stop.set()

    def _guard(self, work: Any, *args: Any, **kwargs: Any) -> None:
        """Does a piece of writing; once one fails, training stops and its error is kept."""
        if self._error is not None:
            return
        try:
            work(*args, **kwargs)
        except LabError as error:
            self._error = error
            self._stop.set()
