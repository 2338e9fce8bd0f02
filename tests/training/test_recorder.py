"""`RunRecorder` in anybody's script: every step of the fit is in the lab, with its true values."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
import pytest
from kinds import fit

from prunelab import ConstantSparsity, Lab, PruneLowMagnitude, RunRecorder, UsageError
from prunelab.errors import LabError

Arrays = tuple[np.ndarray, np.ndarray]
Make = Callable[..., Any]

EVERY_STEP = ConstantSparsity(0.75, begin_step=1, frequency=1)
LATER = ConstantSparsity(0.5, begin_step=2, frequency=2)


class ByHand(keras.callbacks.Callback):
    """Keeps the weights that every batch begins with, masks applied."""

    def __init__(self, pruning: PruneLowMagnitude | None) -> None:
        super().__init__()
        self._pruning = pruning
        self.weights: list[list[np.ndarray]] = []

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        masks = self._pruning.masks if self._pruning else {}
        self.weights.append(
            [weight.numpy() * masks.get(weight.path, 1) for weight in self.model.weights]
        )

    def values(self, model: Any, data: Arrays) -> tuple[list[float], list[float], list[float]]:
        """Loss, accuracy and sparsity of every batch, each computed anew from its weights."""
        x, y = data
        losses, accuracies, sparsities = [], [], []
        for step, weights in enumerate(self.weights):
            first = step % 3 * 32
            model.set_weights(weights)
            loss = model.evaluate(x[first : first + 32], y[first : first + 32], verbose=0)[0]
            right = model.predict(x[first : first + 32], verbose=0).argmax(1)
            kernels = [weight for weight in weights if weight.ndim > 1]
            losses.append(loss)
            accuracies.append(float((right == y[first : first + 32]).mean()))
            zeros = sum(int((kernel == 0).sum()) for kernel in kernels)
            sparsities.append(zeros / sum(map(np.size, kernels)))
        return losses, accuracies, sparsities


_fit = partial(fit, epochs=2)


@pytest.mark.parametrize("regularised", [False, True], ids=["plain", "regularised"])
def test_every_row_holds_the_batch_s_own_loss_accuracy_and_sparsity(
    make_model: Make, digits: Arrays, lab: Lab, regularised: bool
) -> None:
    def make() -> Any:
        penalty = keras.regularizers.L2(0.01) if regularised else None
        layer = keras.layers.Dense(16, activation="relu", kernel_regularizer=penalty)
        return make_model(keras.layers.Flatten(), layer)

    pruning = PruneLowMagnitude(LATER)
    by_hand = ByHand(pruning)
    _fit(make(), digits, pruning, by_hand, RunRecorder(lab))
    losses, accuracies, sparsities = by_hand.values(make(), digits)
    metrics = lab.metrics(1)
    assert metrics["step"].tolist() == [1, 2, 3, 4, 5, 6]
    assert metrics["epoch"].tolist() == [1, 1, 1, 2, 2, 2]
    assert metrics["loss"].tolist() == pytest.approx(losses, rel=1e-6)
    # The counts behind an accuracy are whole numbers: the last batch of 20 would show any other.
    assert metrics["accuracy"].tolist() == pytest.approx(accuracies, rel=1e-6)
    assert metrics["sparsity"].tolist() == pytest.approx(sparsities, rel=1e-6)
    assert metrics["seconds"].is_monotonic_increasing


def test_the_sparsity_of_a_row_is_the_masks_at_that_step(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    pruning = PruneLowMagnitude(LATER)
    masks: list[float] = []
    look = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: masks.append(pruning.sparsity)
    )
    _fit(make_model(), digits, pruning, look, RunRecorder(lab))
    assert lab.metrics(1)["sparsity"].tolist() == pytest.approx(masks, rel=1e-6)
    assert lab.metrics(1)["scheduled_sparsity"].tolist() == [0, 0.5, 0.5, 0.5, 0.5, 0.5]


def test_each_mask_update_is_a_row_a_weight_with_sparsity_and_threshold(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    model, pruning = make_model(), PruneLowMagnitude(LATER)
    seen: dict[tuple[int, str], tuple[float, float]] = {}

    def keep(batch: int, logs: Any) -> None:
        if pruning.updated:
            for weight in pruning.weights:
                dropped = ~weight.mask()
                seen[pruning.step, weight.path] = (float(dropped.mean()), weight.threshold)

    look = keras.callbacks.LambdaCallback(on_train_batch_end=keep)
    _fit(model, digits, pruning, look, RunRecorder(lab))
    stored = {
        (row.step, row.weight): (row.sparsity, row.threshold) for row in lab.updates(1).itertuples()
    }
    assert {step for step, _ in stored} == {2, 4, 6}
    assert stored.keys() == seen.keys()
    for key, values in seen.items():
        assert stored[key] == pytest.approx(values, rel=1e-6)


def test_each_epoch_s_validation_is_a_row(make_model: Make, digits: Arrays, lab: Lab) -> None:
    recorder = RunRecorder(lab)
    history = _fit(make_model(), digits, recorder, validation_data=digits).history
    epochs = lab.epochs(1)
    assert epochs[["epoch", "step"]].to_numpy().tolist() == [[1, 3], [2, 6]]
    assert epochs["val_loss"].tolist() == history["val_loss"]
    assert epochs["val_accuracy"].tolist() == history["val_accuracy"]


def test_a_script_that_prunes_is_a_finished_run_of_its_name(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    pruning = PruneLowMagnitude(EVERY_STEP)
    _fit(make_model(), digits, pruning, RunRecorder(Lab(lab.folder), name="baseline 75"))
    run = lab.run(1)
    assert (run.name, run.state, run.dataset, run.error) == (
        "baseline 75",
        "finished",
        "script",
        None,
    )
    assert (run.epochs, run.steps, run.steps_done) == (2, 6, 6)
    assert run.schedule == EVERY_STEP.get_config()
    assert run.sparsity == pytest.approx(0.75, abs=0.001)
    assert run.seconds is not None


def test_a_script_that_prunes_nothing_is_a_finished_baseline(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    _fit(make_model(), digits, RunRecorder(lab, name="dense"))
    run = lab.run(1)
    assert (run.name, run.state, run.schedule, run.sparsity) == ("dense", "finished", None, 0.0)
    assert lab.metrics(1)["sparsity"].tolist() == [0.0] * 6
    assert lab.updates(1).empty


def test_after_a_fit_that_broke_off_the_next_one_is_a_run_like_any(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    def interrupt(batch: int, logs: Any) -> None:
        raise KeyboardInterrupt

    model, broken = make_model(), keras.callbacks.LambdaCallback(on_train_batch_end=interrupt)
    with pytest.raises(KeyboardInterrupt):
        _fit(model, digits, PruneLowMagnitude(EVERY_STEP), RunRecorder(lab), broken)
    _fit(model, digits, RunRecorder(lab, name="next"))
    run = lab.run(2)
    assert (run.name, run.state, run.schedule, run.steps_done) == ("next", "finished", None, 6)
    assert "train_step" not in vars(model)


def test_a_model_that_was_pruned_before_is_a_baseline_in_a_fit_without_pruning(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    model = make_model()
    _fit(model, digits, PruneLowMagnitude(EVERY_STEP))
    _fit(model, digits, RunRecorder(lab))
    assert lab.run(1).schedule is None
    assert lab.updates(1).empty


def test_the_recorder_may_stand_before_the_pruning(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    for order in (slice(None), slice(None, None, -1)):
        callbacks = [PruneLowMagnitude(LATER), RunRecorder(lab)][order]
        _fit(make_model(), digits, *callbacks)
    after, before = lab.metrics(1), lab.metrics(2)
    columns = ["step", "epoch", "loss", "accuracy", "scheduled_sparsity", "sparsity"]
    assert before[columns].equals(after[columns])
    columns = ["step", "sparsity", "threshold"]
    assert lab.updates(2)[columns].equals(lab.updates(1)[columns])
    assert lab.run(2).schedule == LATER.get_config()
    assert lab.run(2).sparsity == lab.run(1).sparsity


def test_recording_changes_nothing_of_the_training(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    watched, alone = make_model(), make_model()
    history = _fit(watched, digits, PruneLowMagnitude(LATER), RunRecorder(lab)).history
    assert _fit(alone, digits, PruneLowMagnitude(LATER)).history == history
    for one, other in zip(watched.get_weights(), alone.get_weights(), strict=True):
        assert np.array_equal(one, other)
    assert "train_step" not in vars(watched)


def test_a_model_without_an_accuracy_is_recorded_without_one(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    _fit(make_model(metrics=None), digits, RunRecorder(lab), validation_data=digits)
    assert lab.metrics(1)["accuracy"].isna().all()
    assert lab.metrics(1)["loss"].notna().all()
    assert lab.epochs(1)["val_accuracy"].isna().all()


def test_the_accuracy_is_the_metric_that_measures_it_whatever_it_is_called(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    metrics = keras.metrics
    top = metrics.SparseTopKCategoricalAccuracy(9, name="top_accuracy")
    right = metrics.SparseCategoricalAccuracy(name="right")
    model = make_model(metrics=[top, right])
    recorder = RunRecorder(lab)
    history = fit(model, digits, recorder, validation_data=digits).history
    assert recorder.run is not None
    assert lab.epochs(recorder.run)["val_accuracy"].tolist() == history["val_right"]
    # Of 10 classes nearly all samples are among the first 9.
    assert history["top_accuracy"][0] > 0.8 > lab.metrics(recorder.run)["accuracy"].max()


def test_a_loss_that_is_not_a_number_is_stored_as_missing(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    _fit(make_model(optimizer=keras.optimizers.SGD(float("inf"))), digits, RunRecorder(lab))
    losses = lab.metrics(1)["loss"]
    assert losses.notna().tolist()[:2] == [True, False]
    run = lab.run(1)
    # A script's own fit goes on; its run is told and no evidence.
    assert (run.state, run.diverged, run.steps_done) == ("finished", 2, 6)
    assert "the loss became NaN at step 2: lower the learning rate" in str(run.error)


def test_a_step_of_one_s_own_that_computes_no_loss_has_not_diverged(
    digits: Arrays, lab: Lab
) -> None:
    class Silent(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.out = keras.layers.Dense(10)

        def call(self, x: Any) -> Any:
            return self.out(keras.ops.reshape(x, (-1, 64)))

        def train_step(self, data: Any) -> dict[str, Any]:
            return {"mean": keras.ops.mean(self(data[0]))}

    model = Silent()
    model(digits[0][:1])
    model.compile(loss="mse")
    _fit(model, digits, RunRecorder(lab), epochs=1)
    assert lab.metrics(1)["loss"].isna().all()
    assert (lab.run(1).state, lab.run(1).diverged, lab.run(1).error) == ("finished", None, None)


def test_a_validation_loss_that_is_not_a_number_is_told(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    x, y = digits
    # A rectifier would make 0 of NaN.
    model = make_model(keras.layers.Flatten())
    _fit(model, digits, RunRecorder(lab), validation_data=(x * np.nan, y), epochs=1)
    assert "the validation loss became NaN at step 3" in str(lab.run(1).error)
    assert lab.run(1).diverged == 3


def test_one_recorder_for_two_fits_is_two_runs(make_model: Make, digits: Arrays, lab: Lab) -> None:
    model, recorder = make_model(), RunRecorder(lab, name="mine")
    _fit(model, digits, recorder, epochs=1)
    _fit(model, digits, recorder, epochs=1)
    assert [(run.state, run.steps_done) for run in lab.runs()] == [("finished", 3)] * 2


def test_a_request_to_stop_ends_the_fit_after_the_next_batch(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    stop = threading.Event()
    recorder = RunRecorder(lab, stop=stop)
    look = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: batch == 0 and stop.set()
    )
    _fit(make_model(), digits, recorder, look, epochs=50)
    # The recorder heard of batch 1 before the stop came, and obeys as batch 2 begins.
    assert lab.metrics(1)["step"].tolist() == [1, 2]
    assert lab.run(1).state == "stopped"


def test_a_request_to_stop_in_the_last_batch_of_an_epoch_begins_no_other(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    stop = threading.Event()
    recorder = RunRecorder(lab, stop=stop)
    look = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: batch == 2 and stop.set()
    )
    _fit(make_model(), digits, recorder, look, epochs=50, validation_data=digits)
    assert lab.metrics(1)["step"].tolist() == [1, 2, 3]
    assert lab.run(1).state == "stopped"
    assert lab.epochs(1).empty


def test_a_stop_asked_for_in_the_lab_ends_the_fit(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    recorder, other = RunRecorder(lab), Lab(lab.folder)
    look = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: batch == 1 and other.stop(recorder.run)
    )
    _fit(make_model(), digits, recorder, look, epochs=1_000_000)
    run = lab.run(1)
    assert (run.state, run.stopping) == ("stopped", False)
    assert lab.metrics(1)["step"].tolist() == list(range(1, run.steps_done + 1))


def test_a_lab_that_can_no_longer_be_written_stops_the_training_and_is_told(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    written = Lab(lab.folder)
    recorder = RunRecorder(written)
    look = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: batch == 1 and written.close()
    )
    with pytest.raises(LabError, match=str(lab.folder)):
        _fit(make_model(), digits, recorder, look, epochs=1_000_000)
    # This process lives on, but says in a note how its run ended.
    run = lab.run(1)
    assert run.state == "failed"
    assert "its steps could not be stored" in str(run.error)


def test_several_steps_per_execution_are_refused(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    with pytest.raises(UsageError, match="steps_per_execution=3 hides single steps: compile"):
        _fit(make_model(steps_per_execution=3), digits, RunRecorder(lab))
    assert lab.runs() == []


def test_a_fit_from_a_generator_of_unknown_length_is_recorded(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    def batches() -> Any:
        for first in (0, 32, 64):
            yield digits[0][first : first + 32], digits[1][first : first + 32]

    make_model().fit(batches(), epochs=1, verbose=0, callbacks=[RunRecorder(lab)])
    assert (lab.run(1).state, lab.run(1).steps_done) == ("finished", 3)
