"""Masks in memory that NumPy writes and TensorFlow reads, and where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import keras
import numpy as np
import pytest
import tensorflow as tf
from kinds import GROWING, Arrays, Make, fit, masks_of, same, variables

from prunelab import PruneLowMagnitude
from prunelab.keras_internals.shared_memory import shared_with
from prunelab.pruning.tensorflow_backend.masked_variable import TensorFlowVariable


def test_what_is_written_is_read_by_a_compiled_function() -> None:
    variable = tf.Variable(tf.ones((5, 7), tf.bool), trainable=False)
    shared = shared_with(variable)
    assert shared is not None
    assert shared.shape == (5, 7)
    assert shared.all()

    @tf.function
    def count() -> tf.Tensor:
        return tf.math.count_nonzero(variable)

    assert count() == 35
    shared[1:] = False
    assert count() == 7
    assert np.array_equal(variable.numpy(), shared)


def test_an_assigned_variable_leaves_the_memory_alone() -> None:
    variable = tf.Variable(tf.ones(4, tf.bool), trainable=False)
    shared = shared_with(variable)
    assert shared is not None
    variable.assign([True, False, True, False])
    assert shared.all()
    shared[:] = False
    assert variable.numpy().tolist() == [True, False, True, False]


def _wide() -> keras.Model:
    """Pruned weights of both kinds: 102,400 and 16,000."""
    keras.utils.set_random_seed(3)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8)),
            layers.Flatten(),
            layers.Dense(1600, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
    return model


@pytest.mark.parametrize("size", [7, 300_000, 1_200_000])
def test_weights_of_any_size_are_masked_in_a_traced_step_and_beside_it(size: int) -> None:
    random = np.random.default_rng(0)
    values, kept = random.standard_normal(size).astype(np.float32), random.random(size) < 0.3
    kernel = keras.Variable(values)
    variable = TensorFlowVariable(kernel)
    variable.set_mask(kept)
    for apply in (variable.apply_mask, tf.function(variable.apply_mask_in_step)):
        kernel.assign(values)
        apply()
        assert np.array_equal(kernel.numpy(), np.where(kept, values, 0))


@pytest.fixture
def asynchronous() -> Iterator[Callable[[], None]]:
    """Lets TensorFlow return from a call before it is done, from when it is called on."""
    yield lambda: tf.config.experimental.set_synchronous_execution(False)
    tf.config.experimental.set_synchronous_execution(True)


@pytest.mark.parametrize("wide", [False, True])
def test_masks_that_cannot_be_shared_prune_to_the_same_weights(
    make_model: Make, digits: Arrays, asynchronous: Callable[[], None], wide: bool
) -> None:
    make = _wide if wide else make_model
    shared, alone = make(), make()
    first, second = PruneLowMagnitude(GROWING), PruneLowMagnitude(GROWING)
    fit(shared, digits, first, epochs=3)
    assert all(weight.variable.shared_mask is not None for weight in first.weights)
    asynchronous()
    fit(alone, digits, second, epochs=3)
    assert all(weight.variable.shared_mask is None for weight in second.weights)
    assert same(variables(shared), variables(alone))
    assert same(masks_of(first), masks_of(second))


def test_a_fit_in_the_graph_between_two_others_shares_nothing_and_is_gone_on_from(
    make_model: Make, digits: Arrays
) -> None:
    model, alone = make_model(), make_model()
    pruning, straight = PruneLowMagnitude(GROWING), PruneLowMagnitude(GROWING)
    fit(alone, digits, straight, epochs=4)
    fit(model, digits, pruning, epochs=1)
    model.steps_per_execution = 3
    model.make_train_function(force=True)
    fit(model, digits, pruning, epochs=2)
    assert all(weight.variable.shared_mask is None for weight in pruning.weights)
    model.steps_per_execution = 1
    model.make_train_function(force=True)
    fit(model, digits, pruning, epochs=1)
    assert all(weight.variable.shared_mask is not None for weight in pruning.weights)
    assert same(variables(model), variables(alone))
    assert same(masks_of(pruning), masks_of(straight))


def test_masks_that_were_handed_out_do_not_change_any_more(
    make_model: Make, digits: Arrays
) -> None:
    model, pruning = make_model(), PruneLowMagnitude(GROWING)
    fit(model, digits, pruning)
    handed = pruning.masks
    before = {path: mask.copy() for path, mask in handed.items()}
    fit(model, digits, pruning, epochs=2)
    assert all(np.array_equal(handed[path], before[path]) for path in before)
    assert not all(np.array_equal(pruning.masks[path], before[path]) for path in before)
