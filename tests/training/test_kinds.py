"""Other kinds of training: masks hold, and equal what the plain kind comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from kinds import (
    EVERY_STEP,
    GROWING,
    Arrays,
    Batches,
    Look,
    Make,
    all_zero,
    fit,
    masks_of,
    same,
    variables,
)

from prunelab import ConstantSparsity, PruneLowMagnitude, PruningSchedule


def _pruned(
    model: Any, data: Arrays, schedule: PruningSchedule = GROWING, **values: Any
) -> list[np.ndarray]:
    """Trains, looks that what is masked is zero, and gives the masks."""
    pruning = PruneLowMagnitude(schedule)
    fit(model, data, pruning, **values)
    masks = masks_of(pruning)
    assert all_zero([weight.kernel.numpy() for weight in pruning.weights], masks)
    return masks


def _plain(make_model: Make, digits: Arrays, **values: Any) -> tuple[Any, Any]:
    model = make_model()
    masks = _pruned(model, digits, **values)
    return variables(model), masks


def test_eagerly(make_model: Make, digits: Arrays) -> None:
    model = make_model(run_eagerly=True)
    masks = _pruned(model, digits, epochs=2)
    plain = _plain(make_model, digits, epochs=2)
    assert same(masks, plain[1])
    # The graph fuses some operations: equal to the last place or so.
    for ours, theirs in zip(variables(model), plain[0], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_by_jit(make_model: Make, digits: Arrays) -> None:
    model = make_model(jit_compile=True)
    masks = _pruned(model, digits, epochs=2)
    plain = _plain(make_model, digits, epochs=2)
    assert same(masks, plain[1])
    for ours, theirs in zip(variables(model), plain[0], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_in_mixed_precision(make_model: Make, digits: Arrays, policy: str) -> None:
    keras.config.set_dtype_policy(policy)
    try:
        model = make_model()
        masks = _pruned(model, digits, EVERY_STEP)
    finally:
        keras.config.set_dtype_policy("float32")
    # The weights are float32 all the same, so that next to none ties.
    assert sum(map(np.sum, masks)) / sum(map(np.size, masks)) == pytest.approx(0.25, abs=0.001)


def test_fit_called_twice_equals_one_fit(make_model: Make, digits: Arrays) -> None:
    model, pruning = make_model(), PruneLowMagnitude(GROWING)
    fit(model, digits, pruning, epochs=2)
    fit(model, digits, pruning, epochs=4, initial_epoch=2)
    plain = _plain(make_model, digits, epochs=4)
    assert same(variables(model), plain[0])
    assert same(masks_of(pruning), plain[1])


def test_steps_count_from_one_with_an_initial_epoch_too(make_model: Make, digits: Arrays) -> None:
    model = make_model()
    masks = _pruned(model, digits, epochs=5, initial_epoch=3)
    plain = _plain(make_model, digits, epochs=2)
    assert same(variables(model), plain[0])
    assert same(masks, plain[1])


def test_with_gradient_accumulation_every_batch_is_a_step(make_model: Make, digits: Arrays) -> None:
    optimizer = keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)
    model, pruning = make_model(optimizer=optimizer), PruneLowMagnitude(GROWING)
    fit(model, digits, pruning, epochs=2)
    assert pruning.step == 6
    assert all_zero([weight.kernel.numpy() for weight in pruning.weights], masks_of(pruning))


def test_with_ema_what_is_put_in_at_the_end_is_masked(make_model: Make, digits: Arrays) -> None:
    for frequency in (None, 2):
        optimizer = keras.optimizers.SGD(
            0.1, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=frequency
        )
        _pruned(make_model(optimizer=optimizer), digits, epochs=2)


class Own(keras.Sequential):
    """A model with a training step of its own, which does what Keras's does."""

    calls = 0

    def train_step(self, data: Any) -> Any:
        Own.calls += 1
        x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True), weight)
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_weights)
        return {"loss": loss}


def test_with_a_training_step_of_the_model_s_own(make_model: Make, digits: Arrays) -> None:
    given = make_model()
    model = Own([keras.Input((8, 8)), *given.layers])
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", jit_compile=False)
    masks = _pruned(model, digits, epochs=2)
    assert Own.calls
    plain = _plain(make_model, digits, epochs=2)
    assert same(variables(model), plain[0])
    assert same(masks, plain[1])


def _generated(data: Arrays) -> Iterator[Arrays]:
    batches = Batches(data)
    while True:
        yield from (batches[index] for index in range(3))


@pytest.mark.parametrize(
    "feed",
    [
        lambda data: tf.data.Dataset.from_tensor_slices(data).batch(32),
        _generated,
        Batches,
    ],
    ids=["tf.data", "generator", "PyDataset"],
)
def test_data_of_other_kinds_equal_arrays(
    make_model: Make, digits: Arrays, feed: Callable[[Arrays], Any]
) -> None:
    model, pruning = make_model(), PruneLowMagnitude(GROWING)
    model.fit(
        feed(digits), steps_per_epoch=3 if feed is _generated else None, epochs=2,
        callbacks=[pruning], shuffle=False, verbose=0,
    )  # fmt: skip
    plain = _plain(make_model, digits, epochs=2)
    assert same(variables(model), plain[0])
    assert same(masks_of(pruning), plain[1])


@pytest.mark.parametrize("jit", [False, True])
def test_nothing_is_left_of_the_batch_that_never_came(
    make_model: Make, digits: Arrays, jit: bool
) -> None:
    """Keras begins a batch before it sees that data of unknown length are at their end."""
    batches = tf.data.Dataset.from_tensor_slices(digits).batch(32)
    # An update is due at step 4, which the first epoch of 3 begins and does not come to.
    schedule = ConstantSparsity(0.5, 1, frequency=3)

    def trained(data: tf.data.Dataset) -> tuple[Any, Any]:
        model, pruning = make_model(jit_compile=jit), PruneLowMagnitude(schedule)
        steps: list[int] = []
        at_end = Look(on_epoch_end=lambda _: steps.append(pruning.step))
        model.fit(data, epochs=2, callbacks=[pruning, at_end], verbose=0)
        assert steps == [3, 6]
        return variables(model)[:4], masks_of(pruning)

    known, unknown = trained(batches), trained(batches.filter(lambda *_: True))
    assert same(known[0], unknown[0])
    assert same(known[1], unknown[1])


def test_class_weights_equal_the_sample_weights_they_stand_for(
    make_model: Make, digits: Arrays
) -> None:
    classes = {label: 1.0 + label / 4 for label in range(10)}
    by_class, by_sample = make_model(), make_model()
    ours = _pruned(by_class, digits, epochs=2, class_weight=classes)
    weights = np.array([classes[int(label)] for label in digits[1]], np.float32)
    theirs = _pruned(by_sample, digits, epochs=2, sample_weight=weights)
    assert same(variables(by_class), variables(by_sample))
    assert same(ours, theirs)
    assert not same(ours, _plain(make_model, digits, epochs=2)[1])
