"""The process of tensorflow_model_optimization on legacy Keras (see engine.py)."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
import tf_keras
from common import STEPS, build, fit, repeat, serve
from tensorflow_model_optimization.python.core.sparsity.keras import pruning_impl
from tensorflow_model_optimization.sparsity import keras as sparsity

_MODELS: dict[tuple[str, str, str], tf_keras.Model] = {}


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


def fit_model(name: str, how: str, frequency: str) -> list[float]:
    """Epochs of one model, "plain" or "pruned"."""
    key = (name, how, frequency)
    if key not in _MODELS:
        model = build(tf_keras, name)
        if how == "pruned":
            end, every = 4 * STEPS[name], int(frequency)
            schedule = sparsity.PolynomialDecay(0.0, 0.9, 0, end, frequency=every)
            model = sparsity.prune_low_magnitude(model, schedule)
        model.compile("adam", "sparse_categorical_crossentropy")
        _MODELS[key] = model
    callbacks = [sparsity.UpdatePruningStep()] if how == "pruned" else []
    return fit(tf_keras, _MODELS[key], name, callbacks)


if __name__ == "__main__":
    serve({"select": select_weights, "fit": fit_model})
