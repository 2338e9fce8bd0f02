"""The process of tensorflow_model_optimization on legacy Keras (see engine.py)."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
import tf_keras
from common import END, build, repeat, serve
from fits import fits
from tensorflow_model_optimization.python.core.sparsity.keras import pruning_impl
from tensorflow_model_optimization.sparsity import keras as sparsity


def select_weights(size: str) -> list[float]:
    """Masks of one layer at sparsity 0.875, by the reference's own compiled function."""
    weights = np.random.default_rng(0).standard_normal(int(size)).astype(np.float32)
    variable = tf.Variable(weights)
    pruning = pruning_impl.Pruning(
        training_step_fn=lambda: tf.constant(0),
        pruning_vars=[],
        pruning_schedule=sparsity.ConstantSparsity(0.875, 0),
        block_size=(1, 1),
        block_pooling_type="AVG",
    )
    function = tf.function(lambda: pruning._update_mask(variable))
    return repeat(lambda: [tensor.numpy() for tensor in function()], 3)


def fit_models(name: str, frequency: str, *ways: str) -> list[float]:
    """Epochs of one model each way, "plain" or "pruned"."""
    pairs = []
    for way in ways:
        model, callbacks = build(tf_keras, name), []
        if way == "pruned":
            schedule = sparsity.PolynomialDecay(0.0, 0.9, 0, END[name], frequency=int(frequency))
            model = sparsity.prune_low_magnitude(model, schedule)
            callbacks.append(sparsity.UpdatePruningStep())
        model.compile("adam", "sparse_categorical_crossentropy")
        pairs.append((model, callbacks))
    return fits(tf_keras, name, pairs)


def schedule(kind: str, steps: str, power: str = "3") -> list[float]:
    """Some steps of a run asked for, a call a step: the reference takes no more at once."""
    last = 10**6
    made = {
        "constant": sparsity.ConstantSparsity(0.5, 0),
        "polynomial": sparsity.PolynomialDecay(0.0, 0.5, 0, last * 8 // 10, float(power)),
    }[kind]
    asked = [tf.constant(step) for step in range(1, last, last // int(steps))]
    return repeat(lambda: [[part.numpy() for part in made(step)] for step in asked], 1)


if __name__ == "__main__":
    serve({"select": select_weights, "fits": fit_models, "schedule": schedule})
