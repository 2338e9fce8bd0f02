"""The arrays of a data set, ready to train on."""

from __future__ import annotations

from importlib import import_module

import numpy as np

from prunelab.data.catalog import DATASETS, file_of
from prunelab.data.formats.open_file import open_dataset
from prunelab.data.formats.stored_arrays import Array, stored_in_memory
from prunelab.data.labels import read_labels
from prunelab.data.parts import Part, Parts
from prunelab.data.reading import Dataset, read_parts
from prunelab.data.scaling import read_scale
from prunelab.errors import PrunelabError, first_line

__all__ = ["load"]

# The test part of the digits is the same for every run, whatever its seed.
_DIGITS_SEED = 0


def load(name: str, validation_split: float, scale: str = "auto", target: str = "") -> Dataset:
    """Loads a data set, with a fixed random share of its training part for validation.

    Args:
        name: One of `DATASETS`, or the path of an `.npz`, CSV or Parquet file.
        validation_split: Share of the training samples to validate on, in [0, 1).
        scale: "auto" divides whole numbers of one byte by 255 (digits come as 0 to 1) and leaves
            all else as it is; for the others see `prunelab.data.scaling`. The training samples
            decide for all parts.
        target: The column of a table that holds the labels; empty to find it by its name.

    Raises:
        UsageError: for a file that cannot be trained on.
        PrunelabError: where a data set must be downloaded and cannot be.
    """
    path, scale = file_of(name, target), read_scale(scale)
    if path is None:
        return read_parts(
            name, _digits(name) if name == "digits" else _from_keras(name), scale, validation_split
        )
    with open_dataset(path, target) as parts:
        return read_parts(path, parts, scale, validation_split)


def _digits(name: str) -> Parts:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    x_train, x_test, y_train, y_test = train_test_split(
        digits.images.astype(np.float32) / 16.0,
        digits.target,
        test_size=DATASETS["digits"].test_samples,
        stratify=digits.target,
        random_state=_DIGITS_SEED,
    )
    return _parts(name, x_train, y_train, x_test, y_test)


def _from_keras(name: str) -> Parts:
    import keras

    module = import_module(f"{keras.__name__}.datasets.{name}")
    try:
        (x_train, y_train), (x_test, y_test) = module.load_data()
    except Exception as error:
        # Keras raises a bare Exception where a download fails; its first line names the file.
        raise PrunelabError(
            f"dataset {name!r} could not be downloaded ({first_line(error)}): "
            "connect to the network once, or use digits or a FILE.npz, which need none"
        ) from error
    return _parts(name, x_train, y_train, x_test, y_test)


def _parts(name: str, x_train: Array, y_train: Array, x_test: Array, y_test: Array) -> Parts:
    return Parts(
        Part(stored_in_memory("x_train", x_train), read_labels(name, "y_train", y_train)),
        Part(stored_in_memory("x_test", x_test), read_labels(name, "y_test", y_test)),
    )
