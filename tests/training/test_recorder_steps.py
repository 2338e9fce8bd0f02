"""No step is lost or made up by the recorder, whatever kind of training it watches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from kinds import fit

from prunelab import ConstantSparsity, Lab, PruneLowMagnitude, PruningSchedule, RunRecorder
from prunelab.training.recording import ring_buffer, zero_count

Arrays = tuple[np.ndarray, np.ndarray]
Make = Callable[..., Any]

LATER = ConstantSparsity(0.5, begin_step=2, frequency=2)
VALUES = ["step", "epoch", "loss", "accuracy", "scheduled_sparsity", "sparsity"]


class OneByOne(PruningSchedule):
    """Answers a step at a time, and differently each time that it is asked beyond the first two.

    Pruning asks twice at a step: whether masks change and to what, and what to keep.
    """

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, step: int) -> tuple[bool, float]:
        self.asked.append(step)
        return True, 0.1 * step if self.asked.count(step) <= 2 else 0.9

    def get_config(self) -> dict[str, Any]:
        return {"class_name": "OneByOne", "config": {}}


class ByHand(keras.Sequential):
    """A training step of the user's own, without `compute_metrics`."""

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"mine": loss}


_fit = partial(fit, epochs=2)


def _dataset(batches: Callable[[], Iterator[Arrays]], like: Arrays) -> tf.data.Dataset:
    """Data of unknown length."""
    signature = tuple(
        tf.TensorSpec((None, *array.shape[1:]), tf.as_dtype(array.dtype)) for array in like
    )
    return tf.data.Dataset.from_generator(batches, output_signature=signature)


@pytest.fixture
def expected(make_model: Make, digits: Arrays, lab: Lab) -> Any:
    """The rows of two epochs with masks that change at every second step."""
    _fit(make_model(), digits, PruneLowMagnitude(LATER), RunRecorder(lab))
    return lab.metrics(1)[VALUES]


def _is_as(lab: Lab, expected: Any, run: int = 2) -> None:
    found = lab.metrics(run)[VALUES]
    assert found[["step", "epoch"]].equals(expected[["step", "epoch"]])
    for name in VALUES[2:]:
        assert found[name].tolist() == pytest.approx(expected[name].tolist(), rel=1e-5)
    assert lab.metrics(run)["seconds"].is_monotonic_increasing
    assert lab.updates(run)["step"].tolist() == lab.updates(1)["step"].tolist()


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_ring_that_wraps_around_loses_no_step(
    make_model: Make,
    digits: Arrays,
    lab: Lab,
    expected: Any,
    size: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ring_buffer, "_ROWS", size)
    _fit(make_model(), digits, PruneLowMagnitude(LATER), RunRecorder(lab))
    _is_as(lab, expected)


@pytest.mark.parametrize("how", [{"run_eagerly": True}, {"jit_compile": True}], ids=str)
@pytest.mark.parametrize("first", [False, True], ids=["after", "before"])
def test_steps_are_the_same_however_the_model_is_compiled(
    make_model: Make, digits: Arrays, lab: Lab, expected: Any, how: dict[str, Any], first: bool
) -> None:
    callbacks = [PruneLowMagnitude(LATER), RunRecorder(lab)]
    _fit(make_model(**how), digits, *(callbacks[::-1] if first else callbacks))
    _is_as(lab, expected)


@pytest.mark.parametrize("how", [{}, {"jit_compile": True}], ids=["graph", "xla"])
def test_a_batch_that_never_came_is_no_step(
    make_model: Make, digits: Arrays, lab: Lab, expected: Any, how: dict[str, Any]
) -> None:
    x, y = digits

    def batches() -> Iterator[Arrays]:
        for first in (0, 32, 64):
            yield x[first : first + 32], y[first : first + 32]

    data = _dataset(batches, digits)
    pruning = PruneLowMagnitude(LATER)
    make_model(**how).fit(data, epochs=2, verbose=0, callbacks=[pruning, RunRecorder(lab)])
    metrics = lab.metrics(2)
    assert metrics["step"].tolist() == [1, 2, 3, 4, 5, 6]
    assert metrics["epoch"].tolist() == [1, 1, 1, 2, 2, 2]
    if not how:
        _is_as(lab, expected)
    # By XLA, pruning counts the batch that never came; an update goes to the one that follows.
    assert lab.updates(2)["step"].max() <= 6


def test_the_steps_before_an_error_are_stored(make_model: Make, digits: Arrays, lab: Lab) -> None:
    def interrupt(batch: int, logs: Any) -> None:
        if batch == 1:
            raise KeyboardInterrupt

    recorder = RunRecorder(lab)
    broken = keras.callbacks.LambdaCallback(on_train_batch_end=interrupt)
    with pytest.raises(KeyboardInterrupt):
        _fit(make_model(), digits, PruneLowMagnitude(LATER), recorder, broken)
    _until(lambda: lab.run(1).state == "interrupted")
    assert lab.metrics(1)["step"].tolist() == [1, 2]
    assert lab.updates(1)["step"].unique().tolist() == [2]
    assert "after step 2:" in lab.run(1).error


def test_a_batch_that_failed_is_no_step(make_model: Make, digits: Arrays, lab: Lab) -> None:
    def batches() -> Iterator[Arrays]:
        yield digits[0][:32], digits[1][:32]
        raise RuntimeError("no more data")

    model, recorder = make_model(), RunRecorder(lab)
    with pytest.raises(Exception, match="no more data"):
        model.fit(_dataset(batches, digits), verbose=0, callbacks=[recorder])
    _fit(model, digits, recorder)
    assert lab.metrics(1)["step"].tolist() == [1]
    assert lab.run(1).state == "failed"
    assert "after step 1" in lab.run(1).error
    assert "no more data" in lab.run(1).error
    assert lab.metrics(2)["step"].tolist() == [1, 2, 3, 4, 5, 6]


def test_a_slow_run_shows_its_steps_while_the_next_batch_trains(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    seen: list[int] = []

    def look(batch: int, logs: Any) -> None:
        time.sleep(0.4)
        seen.append(Lab(lab.folder).run(1).steps_done)

    slow = keras.callbacks.LambdaCallback(on_train_batch_begin=look, on_test_batch_begin=look)
    _fit(make_model(), digits, RunRecorder(lab), slow, epochs=1, validation_data=digits)
    assert seen == [0, 1, 2, 3, 3, 3]


def test_an_evaluation_between_two_batches_leaves_their_accuracies_alone(
    make_model: Make, digits: Arrays, lab: Lab, expected: Any
) -> None:
    model = make_model()
    evaluate = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: model.evaluate(*digits, verbose=0)
    )
    _fit(model, digits, PruneLowMagnitude(LATER), RunRecorder(lab), evaluate)
    _is_as(lab, expected)


@pytest.mark.parametrize("first", [False, True], ids=["after", "before"])
@pytest.mark.parametrize("by_layer", [False, True], ids=["all", "by layer"])
def test_a_schedule_that_answers_step_by_step_is_asked_by_pruning_alone(
    make_model: Make, digits: Arrays, lab: Lab, first: bool, by_layer: bool
) -> None:
    schedule = OneByOne()
    pruning = PruneLowMagnitude({"dense.*": schedule} if by_layer else schedule)
    callbacks = [pruning, RunRecorder(lab)]
    _fit(make_model(), digits, *(callbacks[::-1] if first else callbacks))
    scheduled = lab.metrics(1)["scheduled_sparsity"].tolist()
    assert scheduled == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    assert schedule.asked == sorted(schedule.asked)


def test_a_second_fit_that_goes_on_is_counted_from_its_own_beginning(
    make_model: Make, digits: Arrays, lab: Lab
) -> None:
    for make in (lambda: ConstantSparsity(0.5, begin_step=8, frequency=2), OneByOne):
        model, pruning, recorder = make_model(), PruneLowMagnitude(make()), RunRecorder(lab)
        _fit(model, digits, pruning, recorder)
        _fit(model, digits, recorder, pruning, epochs=1)
    assert lab.metrics(2)["step"].tolist() == lab.metrics(4)["step"].tolist() == [1, 2, 3]
    assert lab.metrics(2)["scheduled_sparsity"].tolist() == [0, 0.5, 0.5]
    assert lab.metrics(4)["scheduled_sparsity"].tolist() == pytest.approx([0.7, 0.8, 0.9])
    assert lab.updates(1).empty
    assert lab.updates(2)["step"].unique().tolist() == [2]


def test_a_step_of_the_user_s_own_is_recorded_without_what_it_does_not_tell(
    digits: Arrays, lab: Lab
) -> None:
    model = ByHand(
        [keras.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False)
    history = _fit(model, digits, PruneLowMagnitude(LATER), RunRecorder(lab)).history
    metrics = lab.metrics(1)
    assert metrics["step"].tolist() == [1, 2, 3, 4, 5, 6]
    assert metrics["loss"].tolist()[2::3] == pytest.approx(history["mine"], rel=1e-6)
    assert metrics["accuracy"].isna().all()


@pytest.mark.parametrize("part", [2**24, 21, 7])
def test_zeros_are_counted_exactly_in_small_and_large_models(
    part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zero_count, "PART", part)
    kernels = [keras.Variable(np.arange(12.0).reshape(3, 4) % 3), keras.Variable(np.zeros((5, 2)))]
    rest, parts = (float(value) for value in zero_count.count_zeros(kernels))
    assert rest + part * parts == 14
    assert [float(value) for value in zero_count.count_zeros([])] == [0, 0]


@pytest.mark.parametrize("shape", [(400, 300), (100_003,)])
@pytest.mark.parametrize("part", [2**24, 1000])
def test_zeros_of_a_large_kernel_are_counted_exactly_whatever_its_size_divides_by(
    shape: tuple[int, ...], part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zero_count, "PART", part)
    values = np.random.default_rng(0).integers(-1, 2, shape).astype(np.float32)
    rest, parts = (float(value) for value in zero_count.count_zeros([keras.Variable(values * -1)]))
    assert rest + part * parts == np.count_nonzero(values == 0)


def _until(answer: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not answer():
        assert time.monotonic() < end
        time.sleep(0.05)
