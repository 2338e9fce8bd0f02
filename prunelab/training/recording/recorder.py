"""`RunRecorder`: every step of a `fit` into the lab."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

import keras

from prunelab.errors import UsageError
from prunelab.keras_internals.fit_guard import FitGuard, in_fit_of
from prunelab.keras_internals.trainer_parts import WITHOUT_MODEL
from prunelab.lab import Lab, Run, RunWriter
from prunelab.pruning import PruneLowMagnitude, pruning_of, sparsity_of
from prunelab.pruning.checkpoint.process_local import ProcessLocal
from prunelab.pruning.checks.grown_back import warn_if_pruned_before
from prunelab.pruning.misuse import check_backend, check_model
from prunelab.schedules.serialization.json_config import plain_config
from prunelab.schedules.values.validation import seed_of
from prunelab.training.accuracy import accuracy_name
from prunelab.training.recording.background_writer import BackgroundWriter
from prunelab.training.recording.batch_probe import BatchProbe
from prunelab.training.recording.script_run import compiled_with, finish, name_of
from prunelab.training.recording.step_collector import StepCollector

__all__ = ["RunRecorder"]


# What a copy makes anew: it hangs on one `fit` and its thread.
_OF_ONE = frozenset(["_writer", "_steps", "_pruning", "_probe", "_began", "_stop"])


class RunRecorder(keras.callbacks.Callback):
    """Stores the metrics of every step in a lab, where the dashboard and the commands see them.

    The compiled step leaves the values of every batch in a ring, and the training itself only
    notes when batches begin; a thread collects and writes them every 200 ms, and looks whether a
    stop was asked for.

    A run's accuracy on the test part, the size of its file and its model come by one call after
    `fit`, and bring it into the comparison and the frontier:

        >>> recorder = RunRecorder(Lab(), name="mine", seed=0, dataset="mnist")
        >>> model.fit(x, y, epochs=10, callbacks=[pruning, recorder])
        >>> recorder.finish(model, x_test, y_test)

    An error that leaves `fit` is the run's error. A later `fit` without `PruneLowMagnitude` lets
    dropped weights grow back, which is warned of where a recorder sees it.

    A copy (by `copy`, KerasTuner, scikit-learn's `clone`, a pickle) writes to the same lab, and
    each of its `fit`s is a run of its own; a `writer` stays with the original.

    Args:
        lab: The lab, or nothing for the default one.
        name: What the run is called; by default the model's name. Runs of one name whose choices
            are the same but for their seed are one group in a comparison.
        seed: The seed that the script has set, if it has.
        dataset: What it trains on.
        batch_size: Samples a step, where the script wants that stored.
        details: What else was chosen, by name, such as `{"dropout": 0.3}`; optimizer, learning
            rate and loss are known from the model.
        writer: What stores the steps of a run that the caller began and will end. Without it a run
            is entered when training begins, and ended when it ends.
        stop: An event that stops training when it is set, by whomever: after the batch that begins
            next, which is still recorded.

    Attributes:
        run: Number of the run, from the beginning of training on.

    Raises:
        UsageError: in `fit`, where the model is compiled with `steps_per_execution` above 1, and
            in a loop of the user's own, whose losses no callback sees.
        LabError: at the end of `fit`, where the lab could no longer be written; training was
            stopped then.
    """

    def __init__(
        self,
        lab: Lab | None = None,
        name: str = "",
        *,
        seed: int | None = None,
        dataset: str = "script",
        batch_size: int | None = None,
        details: Mapping[str, Any] | None = None,
        writer: BackgroundWriter | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        check_backend("RunRecorder")
        super().__init__()
        self.run: int | None = None
        self._lab = lab if lab is not None else Lab()
        self._name = name
        if seed is not None:
            seed = seed_of(seed)
        self._said: dict[str, Any] = {
            "seed": seed,
            "dataset": str(dataset),
            "batch_size": batch_size,
        }
        self._details = dict(details or {})
        self._given = writer
        self._given_stop = ProcessLocal(stop)
        self._prepare()

    def _prepare(self) -> None:
        """Makes what belongs to one object alone."""
        self._writer = self._given
        self._steps: StepCollector | None = None
        self._pruning: PruneLowMagnitude | None = None
        given = self._given_stop.value
        self._stop = given if given is not None else threading.Event()

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle carries: the settings, and the number of the run."""
        state = {name: value for name, value in vars(self).items() if name not in _OF_ONE}
        return {**state, **WITHOUT_MODEL, "_given": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Makes a copy, whose next `fit` is a run of its own."""
        self.__dict__.update(state)
        self._prepare()

    @property
    def stop_asked(self) -> bool:
        """Whether training was (or will be, after the next batch) stopped by a request."""
        return self._stop.is_set()

    def set_model(self, model: Any) -> None:
        """Takes a model of Keras 3 on TensorFlow."""
        check_model(model, "RunRecorder")
        super().set_model(model)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Prepares for the first step."""
        if not in_fit_of(self.model):
            raise UsageError(
                "RunRecorder records the steps of model.fit, and this is a loop of your own: write "
                "it as the model's train_step and call fit, or leave the recorder out"
            )
        if self.model.steps_per_execution != 1:
            raise UsageError(
                f"steps_per_execution={self.model.steps_per_execution} hides single steps: "
                "compile the model with steps_per_execution=1"
            )
        if self._given is None:
            # Every `fit` of a script is a run of its own.
            if self._writer is not None:
                self._writer.break_off()
            self._writer = None
            self._stop.clear()
        self._steps = None
        self._pruning = None
        self._probe = BatchProbe(self.model)
        self._began = time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Counts epochs from 1. All callbacks have begun by now, so the run can be described."""
        if self._steps is None:
            self._pruning = pruning_of(self.model)
            if self._pruning is None:
                warn_if_pruned_before(self.model)
            self._steps = StepCollector(self._probe, self._pruning, self._began)
            if self._writer is None:
                self.run = self._enter()
                self._writer = BackgroundWriter(
                    RunWriter(self._lab, self.run), self._stop, FitGuard()
                )
            self._writer.collect_from(self._steps)
        self._steps.begin_epoch(epoch + 1)

    # No `on_train_batch_end`: Keras would then run those of all callbacks between batches instead
    # of beside the next batch, which is beyond the step budget (docs/performance.md).
    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Notes that the batch before has ended; stops training where that was asked for."""
        assert self._steps is not None
        self._steps.begin_batch()
        if self._stop.is_set():
            self.model.stop_training = True

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """The last step of an epoch is not to wait for its validation."""
        if self._steps is not None:
            self._steps.settle()

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """A stop does not wait for the end of a validation."""
        if self._stop.is_set():
            self.model.stop_evaluating = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Stores the validation of the epoch; stops training where that was asked for."""
        assert self._steps is not None
        assert self._writer is not None
        self._steps.settle()
        if self._stop.is_set():
            self.model.stop_training = True
            return
        values = logs or {}
        if "val_loss" in values:
            name = accuracy_name(self.model)
            accuracy = None if name is None else values.get(f"val_{name}")
            self._writer.epoch(epoch + 1, self._steps.done, values["val_loss"], accuracy)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Stores what is left and, for a run entered here, ends it."""
        self._probe.close()
        if self._given is not None or self._writer is None:
            return  # Whoever began the run ends it; or no epoch was asked for.
        if self._pruning is not None:
            # Its own end may come after this one.
            self._pruning.apply_masks()
        writer, self._writer = self._writer, None
        writer.end("stopped" if self._stop.is_set() else "finished", sparsity_of(self.model))
        if writer.error is not None:
            raise writer.error

    def finish(self, model: Any, x_test: Any, y_test: Any = None) -> Run:
        """Tests the model of the last `fit` once, saves it in the lab, and stores both.

        Args:
            model: The model, compiled with an accuracy among its metrics.
            x_test: The samples of the test part, or a data set of batches with their labels.
            y_test: The labels of samples.

        Returns:
            The run, with test accuracy, sparsity and sizes in bytes.

        Raises:
            UsageError: before `fit`, where it was left by an error, and where the model measures
                no accuracy.
            LabError: where the lab cannot be written.
        """
        if self.run is None or self._writer is not None:
            raise UsageError("there is no result before the end of fit: call finish after it")
        return finish(RunWriter(self._lab, self.run), model, x_test, y_test)

    def _enter(self) -> int:
        """Enters a run that this process carries out, and begins it."""
        schedule = self._pruning.schedule if self._pruning else None
        epochs, each = self.params["epochs"], self.params.get("steps") or 0
        # Nobody else will train it, so the config says enough.
        record = None if schedule is None else plain_config(schedule)
        name = self._name or self.model.name
        run = self._lab.add_script(
            name,
            name_of(self.model),
            record,
            epochs,
            epochs * each,
            **self._said,
            details=compiled_with(self.model) | self._details,
        )
        RunWriter(self._lab, run).begin()
        return run
