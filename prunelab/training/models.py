"""The models that are known by name, and a user's own from a `.keras` file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from prunelab.data import DatasetInfo
from prunelab.errors import PrunelabError

__all__ = ["BUILDERS", "build"]

# Below this side the article's two unpadded convolutions and poolings leave nothing.
_SMALLEST_UNPADDED = 10


def build(name: str, data: DatasetInfo) -> Any:
    """Makes the model of a run, not yet compiled.

    Args:
        name: A key of `BUILDERS`, or the path of a `.keras` file.
        data: What it is to classify; `RunConfig` has checked that "cnn" can take its images.

    Raises:
        PrunelabError: where a file's model does not fit the data, or the file cannot be loaded.
    """
    if name in BUILDERS:
        return BUILDERS[name](data)
    return _from_file(Path(name), data)


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


BUILDERS: dict[str, Callable[[DatasetInfo], Any]] = {
    "mlp": _mlp,
    "lenet-300-100": _lenet_300_100,
    "cnn": _cnn,
}


def _from_file(path: Path, data: DatasetInfo) -> Any:
    try:
        model = keras.models.load_model(path, compile=False)
    except (ValueError, TypeError, OSError, KeyError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise PrunelabError(f"model {path} cannot be loaded ({reason}): save it again") from error
    takes, gives = tuple(model.input_shape[1:]), model.output_shape[-1]
    if takes != data.shape:
        raise PrunelabError(
            f"model {path} takes samples of shape {takes}, the data has {data.shape}: "
            "use data of that shape"
        )
    if gives != data.classes:
        raise PrunelabError(
            f"model {path} has {gives} outputs, the data {data.classes} classes: use one for each"
        )
    return model
