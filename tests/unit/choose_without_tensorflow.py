"""Chooses what to prune of a model of `numpy_keras`; prints what it finds as JSON.

Run by `test_backend_layers.py`, in an interpreter that cannot import Keras or TensorFlow.
"""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy_keras
import without_tensorflow

from prunelab import ConstantSparsity, PolynomialDecay, UsageError

assert without_tensorflow
sys.modules["keras"] = numpy_keras

from prunelab.pruning import prunable_kernels, sparsity_of, table  # noqa: E402
from prunelab.pruning.layers.assignment import Assignment  # noqa: E402
from prunelab.pruning.masks.mask_rules import MaskRules  # noqa: E402


class Mixer(numpy_keras.Layer):
    """A layer of the user's own."""


def error_of(layers: Any) -> str:
    try:
        Assignment(CONSTANT, layers).kernels(model)
    except UsageError as error:
        return str(error)
    return ""


CONSTANT, RISING = ConstantSparsity(0.5, 0), PolynomialDecay(0.0, 0.9, 0, 10)
ones, half = np.ones((4, 2)), np.array([[0.0, 1.0], [0.0, 1.0]])
model = numpy_keras.Model(
    "model",
    numpy_keras.Embedding("model/words", embeddings=ones),
    Mixer("model/mixer", matrix=ones),
    numpy_keras.Model(
        "model/head",
        numpy_keras.Dense("model/head/dense", kernel=half, bias=[0.0, 1.0]),
        numpy_keras.BatchNormalization("model/head/norm", gamma=np.ones(2)),
    ),
)
mapped = Assignment({"model/head": RISING, (r".*/words", "mixer"): CONSTANT})
rules = MaskRules(block_size=(2, 1))
for kernel, _ in mapped.kernels(model):
    rules.check(kernel.path, kernel.shape)

json.dump(
    {
        "default": table(model)[["path", "layer", "pruned", "why"]].values.tolist(),
        "mapped": table(model, SimpleNamespace(chosen=mapped, assignment=mapped))[
            ["path", "schedule", "sparsity"]
        ].values.tolist(),
        "assigned": [
            (kernel.path, type(schedule).__name__) for kernel, schedule in mapped.kernels(model)
        ],
        "prunable": [kernel.path for kernel in prunable_kernels(model)],
        "sparsity": sparsity_of(model),
        "left dense": Assignment(CONSTANT).left_dense(model),
        "unknown": error_of("model/tail"),
        "bias": error_of("model/head/norm"),
        "loaded": sorted({name.partition(".")[0] for name in sys.modules} & {"tensorflow"}),
    },
    sys.stdout,
)
