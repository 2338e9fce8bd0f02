"""The steps of one `fit` as rows for the lab, made of what the graph left and when."""

from __future__ import annotations

import threading
import time
from itertools import repeat

import numpy as np

from prunelab.lab import StepRow, UpdateRow
from prunelab.pruning import PruneLowMagnitude
from prunelab.pruning.session.update_record import UpdateRecord
from prunelab.training.recording.batch_probe import BatchProbe
from prunelab.training.recording.scheduled_sparsity import ScheduledSparsity

__all__ = ["StepCollector"]


class StepCollector:
    """Collects steps, a few times a second and not one by one, and the mask updates among them.

    The training thread only notes when a batch begins: the one before has then ended. Whoever
    wants the rows makes them.

    Args:
        probe: What takes the values of every batch in the model's training step.
        pruning: What prunes the model, or None.
        began: When training began, by `time.monotonic`.

    Attributes:
        done: Steps that were collected so far.
        diverged: The first step whose loss was no finite number, and that loss; None until then.
    """

    def __init__(self, probe: BatchProbe, pruning: PruneLowMagnitude | None, began: float) -> None:
        self.done = 0
        self._probe = probe
        self._scheduled = ScheduledSparsity(pruning)
        self._began = began
        self._epoch = 0
        self._ahead = 0
        # When each step after the last collected one ended; all of them are of this epoch.
        self._ends: list[float] = []
        self._training = False
        self._changed: dict[int, list[UpdateRow]] = {}
        self._rows: list[StepRow] = []
        self._updates: list[UpdateRow] = []
        self.diverged: tuple[int, float] | None = None
        self._lock = threading.Lock()
        if pruning is not None:
            pruning.follow(self._note)

    @property
    def failure(self) -> str | None:
        """The error that a step ended with, in a line; None where none did."""
        return self._probe.failure

    def begin_epoch(self, epoch: int) -> None:
        """The next batches are of another epoch (from 1)."""
        self.settle()
        self._epoch = epoch
        # Pruning goes on where an earlier `fit` ended, and may count a batch that never came.
        self._ahead = self._scheduled.step - self.done

    def begin_batch(self) -> None:
        """The batch before, if there was one in this epoch, has ended."""
        if self._training:
            self._ends.append(time.monotonic())
            if len(self._ends) >= self._probe.room:
                # This batch is to write over the first of them.
                with self._lock:
                    self._collect()
        self._training = True

    def settle(self) -> None:
        """Collects the step that was trained last, too; no batch is in training meanwhile."""
        with self._lock:
            # Keras also begins a batch after the last one of data of unknown length, and one may
            # have failed: the graph has counted those that were trained.
            missing = self._probe.trained - self.done - len(self._ends)
            self._ends += [time.monotonic()] * missing
            self._training = False
            self._collect()

    def take(self) -> tuple[list[StepRow], list[UpdateRow]]:
        """The steps that have ended since the last call, and their mask updates; in any thread."""
        with self._lock:
            self._collect()
            taken = self._rows, self._updates
            self._rows, self._updates = [], []
        return taken

    def _collect(self) -> None:
        # A copy: the training thread may append meanwhile. It waits before it writes over a row.
        ends = self._ends[:]
        if not ends:
            return
        first, last = self.done + 1, self.done + len(ends)
        values = self._probe.read(first, last)
        if values.odd is not None and self.diverged is None:
            self.diverged = first + values.odd[0], values.odd[1]
        steps = np.arange(first, last + 1)
        self._rows += map(
            StepRow,
            steps.tolist(),
            repeat(self._epoch),
            values.losses,
            values.accuracies,
            self._scheduled.at(steps + self._ahead),
            values.sparsities,
            [end - self._began for end in ends],
        )
        for step in [step for step in list(self._changed) if step <= last]:
            self._updates += self._changed.pop(step)
        del self._ends[: len(ends)]
        self.done = last

    def _note(self, record: UpdateRecord) -> None:
        """Notes what pruning did at a step whose batch is about to train."""
        self._scheduled.note(record)
        if record.masks:
            step = record.step - self._ahead
            self._changed[step] = [UpdateRow(step, *mask) for mask in record.masks]
