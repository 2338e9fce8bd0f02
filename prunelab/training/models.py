"""The models that are known by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from prunelab.data import DatasetInfo

__all__ = ["BUILDERS"]

# Below this side the article's two unpadded convolutions and poolings leave nothing.
_SMALLEST_UNPADDED = 10


def _mlp(data: DatasetInfo) -> Any:
    """Two hidden layers of 96 and 48: 11,232 weights on digits."""
    return _dense([96, 48], data)


def _lenet_300_100(data: DatasetInfo) -> Any:
    """LeNet-300-100 of LeCun et al. 1998, the usual subject of pruning papers."""
    return _dense([300, 100], data)


def _dense(widths: list[int], data: DatasetInfo) -> Any:
    return keras.Sequential(
        [
            keras.Input(data.shape),
            keras.layers.Flatten(),
            *[keras.layers.Dense(width, activation="relu") for width in widths],
            keras.layers.Dense(data.classes, activation="softmax"),
        ]
    )


def _cnn(data: DatasetInfo) -> Any:
    """The article's network: two convolutions of 32 and 64 filters, one dense layer of 256."""
    shape = data.shape if len(data.shape) == 3 else (*data.shape, 1)
    padding = "valid" if min(shape[:2]) >= _SMALLEST_UNPADDED else "same"
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(data.shape),
            layers.Reshape(shape),
            layers.Conv2D(32, 3, padding=padding, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Conv2D(64, 3, padding=padding, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(256, activation="relu"),
            layers.Dense(data.classes, activation="softmax"),
        ]
    )


# From what they are to classify; `RunConfig` has checked that "cnn" can take its images.
BUILDERS: dict[str, Callable[[DatasetInfo], Any]] = {
    "mlp": _mlp,
    "lenet-300-100": _lenet_300_100,
    "cnn": _cnn,
}
