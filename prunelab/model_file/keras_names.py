"""Names of Keras, and whether a serialised object is of Keras or custom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = [
    "ACTIVATIONS",
    "METRIC_FUNCTIONS",
    "TRAINING_ONLY",
    "is_custom",
    "package_of",
]

# Layers that do nothing outside of training.
TRAINING_ONLY = frozenset(
    [
        "Dropout",
        "SpatialDropout1D",
        "SpatialDropout2D",
        "SpatialDropout3D",
        "GaussianDropout",
        "GaussianNoise",
        "AlphaDropout",
        "ActivityRegularization",
        "Identity",
    ]
)

ACTIVATIONS = frozenset(
    [
        "celu",
        "elu",
        "exponential",
        "gelu",
        "glu",
        "hard_shrink",
        "hard_sigmoid",
        "hard_silu",
        "hard_swish",
        "hard_tanh",
        "leaky_relu",
        "linear",
        "log_sigmoid",
        "log_softmax",
        "mish",
        "relu",
        "relu6",
        "selu",
        "sigmoid",
        "silu",
        "soft_shrink",
        "softmax",
        "softplus",
        "softsign",
        "sparse_plus",
        "sparse_sigmoid",
        "sparsemax",
        "squareplus",
        "swish",
        "tanh",
        "tanh_shrink",
        "threshold",
    ]
)

METRIC_FUNCTIONS = frozenset(
    [
        "accuracy",
        "binary_accuracy",
        "categorical_accuracy",
        "sparse_categorical_accuracy",
        "top_k_categorical_accuracy",
        "sparse_top_k_categorical_accuracy",
    ]
)


def is_custom(serialised: Mapping[str, Any]) -> bool:
    """Whether a serialised object is of a class that is not Keras's, be it Keras 2 or 3."""
    return "module" in serialised and package_of(serialised) not in ("keras", "tf_keras")


def package_of(serialised: Mapping[str, Any]) -> str:
    """The package that an object says it is from; empty where it does not say."""
    return str(serialised.get("module") or "").partition(".")[0]
