"""A training loop of one's own: masked weights in every forward pass, or a line before it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from kinds import EVERY_STEP, GROWING, Arrays, Make, all_zero, fit, kernels, masks_of, sparsity

from prunelab import (
    ConstantSparsity,
    Lab,
    PruneLowMagnitude,
    PruningSummaries,
    PruningWarning,
    RunRecorder,
    UsageError,
)
from prunelab.pruning import prunable_kernels, pruning_of, sparsity_of

HALF = ConstantSparsity(0.5, begin_step=1, frequency=1)
layers = keras.layers


class Watch:
    """How many weights are zero in each forward pass, also of a compiled step."""

    def __init__(self) -> None:
        self.kernels: list[Any] = []
        self.seen: list[float] = []

    def note(self, zeros: np.ndarray) -> np.int32:
        self.seen.append(int(zeros) / sum(int(np.prod(one.shape)) for one in self.kernels))
        return np.int32(0)


class Watched(layers.Layer):
    """Stands last in a model and passes on what it is given."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.watch = watch

    def call(self, values: Any) -> Any:
        kernels = self.watch.kernels
        if not kernels or isinstance(values, keras.KerasTensor):
            return values
        zeros = tf.add_n([tf.reduce_sum(tf.cast(one.value == 0, tf.int32)) for one in kernels])
        with tf.control_dependencies([tf.numpy_function(self.watch.note, [zeros], tf.int32)]):
            return tf.identity(values)


def watched(*body: Any, shape: tuple[int, ...] = (8, 8)) -> tuple[Any, Watch]:
    """A model that is not compiled, and what its forward passes see."""
    keras.utils.set_random_seed(1)
    watch = Watch()
    body = body or (layers.Flatten(), layers.Dense(10))
    model = keras.Sequential([keras.Input(shape), *body, Watched(watch)])
    watch.kernels = prunable_kernels(model)
    return model, watch


def loss_of(y: Any, answer: Any) -> Any:
    return tf.reduce_mean(tf.square(tf.reshape(answer, (len(answer), -1))[:, 0] - y))


def stepping(model: Any) -> Callable[[Any, Any], Any]:
    optimizer = keras.optimizers.Adam(0.05)
    optimizer.build(model.trainable_variables)

    def step(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    return step


def train(
    pruning: PruneLowMagnitude, step: Callable[[Any, Any], Any], data: Arrays, epochs: int = 2
) -> None:
    """The reference's recipe; `on_train_begin` and `set_model` are the caller's."""
    x, y = data[0].astype("float32"), data[1].astype("float32")
    for _ in range(epochs):
        for batch in range(4):
            part = slice(16 * batch, 16 * batch + 16)
            pruning.on_train_batch_begin(batch=-1)
            step(tf.constant(x[part]), tf.constant(y[part]))
        pruning.on_epoch_end(batch=-1)


MODELS: dict[str, Callable[[], tuple[Any, Watch]]] = {
    "dense": watched,
    "conv": lambda: watched(layers.Reshape((8, 8, 1)), layers.Conv2D(4, 3), layers.Flatten()),
    "nested": lambda: watched(
        keras.Sequential([keras.Input((8, 8)), layers.Flatten(), layers.Dense(8)]), layers.Dense(4)
    ),
    "lstm": lambda: watched(layers.LSTM(4)),
    "bidirectional": lambda: watched(layers.Bidirectional(layers.GRU(4))),
    "time-distributed": lambda: watched(layers.TimeDistributed(layers.Dense(4))),
    "rnn of cells": lambda: watched(layers.RNN([layers.LSTMCell(4), layers.GRUCell(4)])),
}


@pytest.mark.parametrize("kind", ["eager", "function", "jit"])
@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_every_forward_pass_sees_masked_weights(
    make: Callable[[], tuple[Any, Watch]], kind: str, digits: Arrays
) -> None:
    model, watch = make()
    if kind == "jit":
        watch.kernels = []  # XLA cannot call out.
    pruning, step = PruneLowMagnitude(HALF), stepping(model)
    if kind != "eager":
        step = tf.function(step, jit_compile=kind == "jit")
    pruning.set_model(model)
    pruning.on_train_begin()
    train(pruning, step, digits)
    assert watch.seen == [] if kind == "jit" else watch.seen == pytest.approx([0.5] * 8, abs=0.06)
    assert pruning.step == 8
    assert sparsity_of(model) == pytest.approx(pruning.sparsity, abs=0.01)
    assert pruning.sparsity == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("params", [None, {}, {"steps": 4}, {"epochs": 2, "steps": None}])
@pytest.mark.parametrize("whole", [True, False])
def test_whatever_else_the_loop_tells(
    compiled: bool, params: dict[str, Any] | None, whole: bool, digits: Arrays
) -> None:
    model, watch = watched()
    if compiled:
        model.compile("adam", "mse")
    pruning = PruneLowMagnitude(HALF)
    pruning.set_model(model)
    if params is not None:
        pruning.set_params(params)
    pruning.on_train_begin()
    if whole:
        pruning.on_epoch_begin(0)
    train(pruning, stepping(model), digits)
    if whole:
        pruning.on_train_end()
    assert watch.seen == pytest.approx([0.5] * 8)
    assert sparsity_of(model) == pytest.approx(0.5)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_pass_after_the_step_sees_masked_weights_too(compiled: bool, digits: Arrays) -> None:
    model, watch = watched()
    pruning, step = PruneLowMagnitude(HALF), stepping(model)

    def twice(x: Any, y: Any) -> None:
        step(x, y)
        model(x)
        step(x, y)
        model.layers[-2](tf.zeros((1, 64)))

    pruning.set_model(model)
    pruning.on_train_begin()
    train(pruning, tf.function(twice) if compiled else twice, digits)
    assert watch.seen == pytest.approx([0.5] * 24)


def test_a_layer_that_is_called_by_itself_is_masked(digits: Arrays) -> None:
    first = keras.Sequential([keras.Input((8, 8)), layers.Flatten(), layers.Dense(8)])
    last, watch = watched(layers.Dense(4), shape=(8,))
    model = keras.Sequential([first, last])
    pruning = PruneLowMagnitude(HALF)
    optimizer = keras.optimizers.Adam(0.01)
    pruning.set_model(model)
    pruning.on_train_begin()

    def step(x: Any, y: Any) -> None:
        for _ in range(2):
            with tf.GradientTape() as tape:
                loss = loss_of(y, last(first(x)))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

    train(pruning, step, digits)
    assert watch.seen == pytest.approx([0.5] * 16)


def test_train_on_batch_in_a_loop(digits: Arrays) -> None:
    model, watch = watched()
    model.compile("adam", "sparse_categorical_crossentropy")
    pruning = PruneLowMagnitude(HALF)
    pruning.set_model(model)
    pruning.on_train_begin()
    train(pruning, model.train_on_batch, digits)
    assert watch.seen == pytest.approx([0.5] * 8)


def test_keras_s_list_of_callbacks(digits: Arrays) -> None:
    model, watch = watched()
    pruning, step = PruneLowMagnitude(HALF), stepping(model)
    told = keras.callbacks.CallbackList([pruning], model=model)
    told.on_train_begin()
    for epoch in range(2):
        told.on_epoch_begin(epoch)
        for batch in range(2):
            told.on_train_batch_begin(batch)
            step(digits[0][:16], digits[1][:16].astype("float32"))
            told.on_train_batch_end(batch)
        told.on_epoch_end(epoch)
    told.on_train_end()
    assert watch.seen == pytest.approx([0.5] * 4)


def test_a_second_loop_goes_on(digits: Arrays) -> None:
    model, watch = watched()
    pruning, step = PruneLowMagnitude(GROWING), tf.function(stepping(model))
    pruning.set_model(model)
    for _ in range(2):
        pruning.on_train_begin()
        train(pruning, step, digits, epochs=1)
        pruning.on_train_end()
    assert pruning.step == 8
    assert watch.seen == sorted(watch.seen)
    assert watch.seen[-1] > 0.7


def test_other_rules_hold_in_a_loop(digits: Arrays) -> None:
    model, watch = watched(layers.Flatten(), layers.Dense(16), layers.Dense(10))
    pruning = PruneLowMagnitude(HALF, scope="global")
    pruning.set_model(model)
    pruning.on_train_begin()
    train(pruning, stepping(model), digits)
    assert watch.seen == pytest.approx([0.5] * 8, abs=0.01)


def test_after_an_epoch_the_model_is_plain_and_can_be_exported(
    digits: Arrays, tmp_path: Path
) -> None:
    model, watch = watched()
    pruning = PruneLowMagnitude(HALF)
    pruning.set_model(model)
    pruning.on_train_begin()
    train(pruning, tf.function(stepping(model)), digits)
    # No `on_train_end`: the reference's recipe has none.
    watch.kernels = []
    model.export(tmp_path / "exported", verbose=False)
    tf.saved_model.save(model, str(tmp_path / "saved"))
    exported = tf.saved_model.load(str(tmp_path / "exported"))
    x = digits[0].astype("float32")
    assert np.allclose(exported.serve(x), model(x), atol=1e-5)


def test_once_it_is_over_nothing_is_masked_any_more(digits: Arrays, tmp_path: Path) -> None:
    model, watch = watched()
    pruning, step = PruneLowMagnitude(HALF), tf.function(stepping(model))
    before = {name for layer in (model, *model.layers) for name in vars(layer)}
    pruning.set_model(model)
    pruning.on_train_begin()
    train(pruning, step, digits, epochs=1)
    pruning.on_train_end()
    assert {name for layer in (model, *model.layers) for name in vars(layer)} == before
    assert pruning_of(model) is None
    watch.seen.clear()
    for _ in range(3):
        step(tf.constant(digits[0][:16]), tf.constant(digits[1][:16].astype("float32")))
    assert watch.seen[0] == pytest.approx(0.5)
    # Pixels that are never lit give no gradient.
    assert watch.seen[-1] < 0.47


@pytest.mark.parametrize("ended", [True, False])
def test_a_fit_after_a_loop_is_a_plain_fit(ended: bool, make_model: Make, digits: Arrays) -> None:
    plain, model = make_model(), make_model()
    pruning = PruneLowMagnitude(EVERY_STEP)
    pruning.set_model(model)
    pruning.on_train_begin()
    pruning.on_train_batch_begin(0)
    if ended:
        pruning.on_epoch_end(0)
    model.set_weights(plain.get_weights())
    fit(plain, digits)
    fit(model, digits)
    assert all(np.array_equal(*pair) for pair in zip(kernels(plain), kernels(model), strict=True))
    fit(model, digits, pruning)
    assert sparsity(model) == pytest.approx(0.75, abs=0.01)


def test_a_loop_after_a_fit_that_broke_off(make_model: Make, digits: Arrays) -> None:
    model, pruning = make_model(), PruneLowMagnitude(EVERY_STEP)

    class Fails(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(model, digits, pruning, Fails())
    again = PruneLowMagnitude(EVERY_STEP)
    again.set_model(model)
    again.on_train_begin()
    train(again, model.train_on_batch, digits)
    assert all_zero(kernels(model), masks_of(again))


def test_what_is_saved_in_a_loop_is_masked_and_holds_the_state(
    digits: Arrays, tmp_path: Path
) -> None:
    model, watch = watched()
    watch.kernels = []
    pruning, step = PruneLowMagnitude(HALF), stepping(model)
    pruning.set_model(model)
    pruning.on_train_begin()
    pruning.on_train_batch_begin(0)
    step(digits[0], digits[1].astype("float32"))
    model.save_weights(tmp_path / "within.weights.h5")
    assert np.count_nonzero(model.get_weights()[0] == 0) == 320
    assert np.count_nonzero(kernels(model)[0] == 0) < 320
    pruning.on_epoch_end(0)
    model.save_weights(tmp_path / "between.weights.h5")
    step(digits[0], digits[1].astype("float32"))
    # It went on without the callback: what it is then is what is saved.
    model.save_weights(tmp_path / "after.weights.h5")
    assert np.count_nonzero(model.get_weights()[0] == 0) < 320
    for name, holds in (("within", True), ("between", True), ("after", False)):
        path = tmp_path / f"{name}.weights.h5"
        if not holds:
            with pytest.raises(UsageError, match="no pruning state"):
                PruneLowMagnitude(HALF).restore(path)
            continue
        again, _ = watched()
        again.load_weights(path)
        assert sparsity_of(again) == pytest.approx(0.5)
        restored = PruneLowMagnitude(HALF).restore(path)
        restored.set_model(again)
        restored.on_train_begin()
        assert restored.step == 1


def test_another_model_in_a_loop_is_begun_with_a_word(digits: Arrays) -> None:
    pruning = PruneLowMagnitude(HALF)
    models = [watched()[0], watched()[0]]
    pruning.set_model(models[0])
    pruning.on_train_begin()
    train(pruning, stepping(models[0]), digits, epochs=1)
    pruning.set_model(models[1])
    pruning.on_train_begin()
    with pytest.warns(PruningWarning, match="anew"):
        train(pruning, stepping(models[1]), digits, epochs=1)
    assert pruning.step == 4


def test_a_loop_that_is_followed_by_one_of_another_model_is_over(digits: Arrays) -> None:
    pruning = PruneLowMagnitude(HALF)
    models = [watched()[0], watched()[0]]
    for model in models:
        pruning.set_model(model)
        pruning.on_train_begin()
        pruning.on_train_batch_begin(0)
    assert not {"call", "save", "fit"} & set(vars(models[0]))
    assert "call" not in vars(models[0].layers[1])
    assert pruning_of(models[0]) is None
    assert pruning_of(models[1]) is pruning


def test_summaries_in_a_loop(digits: Arrays, tmp_path: Path) -> None:
    model, _ = watched()
    pruning, summaries = PruneLowMagnitude(HALF), PruningSummaries(tmp_path)
    for callback in (pruning, summaries):
        callback.set_model(model)
    pruning.on_train_begin()
    summaries.on_epoch_begin(epoch=-1)
    train(pruning, stepping(model), digits, epochs=1)
    summaries.on_epoch_begin(epoch=-1)
    (file,) = (tmp_path / "pruning").iterdir()
    told = [
        event.step
        for event in tf.compat.v1.train.summary_iterator(str(file))
        if event.summary.value
    ]
    assert set(told) == {4}


def test_a_loop_that_never_gave_it_a_model_is_refused() -> None:
    pruning = PruneLowMagnitude(HALF)
    for call in (pruning.on_train_begin, lambda: pruning.on_train_batch_begin(0)):
        with pytest.raises(UsageError, match=r"call set_model\(model\) and then on_train_begin"):
            call()


def test_a_loop_that_never_began_is_refused_at_its_first_batch(digits: Arrays) -> None:
    model, _ = watched()
    pruning = PruneLowMagnitude(HALF)
    pruning.set_model(model)
    with pytest.raises(UsageError, match=r"call on_train_begin\(\) before the first batch"):
        pruning.on_train_batch_begin(0)
    pruning.on_train_begin()
    pruning.on_train_batch_begin(0)
    pruning.on_train_end()
    with pytest.raises(UsageError, match=r"call on_train_begin\(\)"):
        pruning.on_train_batch_begin(1)
    assert pruning.step == 1


def test_a_loop_without_batches_is_refused_before_it_trains(digits: Arrays) -> None:
    model, _ = watched()
    pruning = PruneLowMagnitude(HALF)
    pruning.set_model(model)
    pruning.on_train_begin()
    model(digits[0])
    with pytest.raises(UsageError, match=r"call on_train_batch_begin\(batch\) before each"):
        model(digits[0], training=True)
    with pytest.raises(UsageError, match=r"call on_train_batch_begin\(batch\) before each"):
        pruning.on_epoch_end(0)


def test_a_batch_that_begins_within_a_compiled_step_is_refused(digits: Arrays) -> None:
    model, _ = watched()
    pruning, step = PruneLowMagnitude(HALF), stepping(model)

    # With autograph TensorFlow tells the same in an error of its own, which names the line.
    @tf.function(autograph=False)
    def whole(x: Any, y: Any) -> Any:
        pruning.on_train_batch_begin(0)
        return step(x, y)

    pruning.set_model(model)
    pruning.on_train_begin()
    with pytest.raises(UsageError, match=r"within a tf\.function"):
        whole(digits[0], digits[1].astype("float32"))


def test_a_second_one_in_a_loop_is_refused_before_the_first_step() -> None:
    model, _ = watched()
    first, second = PruneLowMagnitude(HALF), PruneLowMagnitude(HALF)
    for pruning in (first, second):
        pruning.set_model(model)
        pruning.on_train_begin()
    with pytest.raises(UsageError, match="one model one of them alone"):
        first.on_train_batch_begin(0)


def test_a_recorder_is_refused_in_a_loop_before_it_enters_a_run(lab: Lab) -> None:
    model, _ = watched()
    recorder = RunRecorder(lab)
    recorder.set_model(model)
    with pytest.raises(UsageError, match="a loop of your own"):
        recorder.on_train_begin()
    assert lab.runs() == []


def test_a_model_with_a_loop_for_its_fit_is_in_a_loop(digits: Arrays) -> None:
    class Mine(keras.Model):
        def fit(self, x: Any, y: Any, callbacks: list[Any]) -> None:
            told = keras.callbacks.CallbackList(callbacks, model=self)
            told.on_train_begin()
            step = stepping(self)
            for batch in range(3):
                told.on_train_batch_begin(batch)
                step(x, y)
            told.on_epoch_end(0)
            told.on_train_end()

    plain, watch = watched()
    model = Mine(plain.inputs[0], plain.outputs[0])
    model.fit(digits[0], digits[1].astype("float32"), callbacks=[PruneLowMagnitude(HALF)])
    assert watch.seen == pytest.approx([0.5] * 3)


def test_a_part_of_a_model_that_another_s_fit_trains(make_model: Make, digits: Arrays) -> None:
    part, watch = watched(layers.Flatten(), layers.Dense(8))
    model = make_model(part)
    pruning = PruneLowMagnitude(HALF)

    class Handed(keras.callbacks.Callback):
        def on_train_begin(self, logs: Any = None) -> None:
            pruning.set_model(part)
            pruning.on_train_begin()

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            pruning.on_train_batch_begin(batch)

        def on_train_end(self, logs: Any = None) -> None:
            pruning.on_train_end()

    fit(model, digits, Handed(), epochs=2)
    assert watch.seen == pytest.approx([0.5] * 6)
    assert sparsity_of(part) == pytest.approx(0.5)
