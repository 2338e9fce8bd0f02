"""The process of tensorflow_model_optimization on legacy Keras (see engine.py)."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
import tf_keras
from common import END, build, fit, repeat, serve
from tensorflow_model_optimization.python.core.sparsity.keras import pruning_impl
from tensorflow_model_optimization.sparsity import keras as sparsity

_PLAIN: dict[str, tf_keras.Model] = {}


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
    if how == "plain" and name in _PLAIN:
        return fit(tf_keras, _PLAIN[name], name, [])
    model = build(tf_keras, name)
    if how == "pruned":
        # Anew each time: the step is part of the model, and soon past the schedule's end.
        schedule = sparsity.PolynomialDecay(0.0, 0.9, 0, END[name], frequency=int(frequency))
        model = sparsity.prune_low_magnitude(model, schedule)
    model.compile("adam", "sparse_categorical_crossentropy")
    if how == "plain":
        _PLAIN[name] = model
    return fit(tf_keras, model, name, [sparsity.UpdatePruningStep()] if how == "pruned" else [])


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
    serve({"select": select_weights, "fit": fit_model, "schedule": schedule})
