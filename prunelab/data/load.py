"""The arrays of a data set, ready to train on."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.data.catalog import DATASETS, DatasetInfo
from prunelab.data.npz import read_npz
from prunelab.errors import PrunelabError
from prunelab.paths import user_path

__all__ = ["Dataset", "Split", "load"]

Samples = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

# One division of the data for every run, whatever its seed: runs then differ by their seed alone.
_SPLIT_SEED = 0


@dataclass(frozen=True)
class Split:
    """Samples of shape `(n, ...)`, float32, and their class numbers of shape `(n,)`, int64."""

    x: Samples
    y: Labels


@dataclass(frozen=True)
class Dataset:
    """A data set in its three parts; the test part is used once, at the end of a run."""

    train: Split
    validation: Split
    test: Split
    info: DatasetInfo


def load(name: str, validation_split: float) -> Dataset:
    """Loads a data set and keeps a fixed random share of its training part for validation.

    Args:
        name: One of `DATASETS`, or the path of an `.npz` file.
        validation_split: Share of the training samples to validate on, in [0, 1).

    Returns:
        Samples as float32: whole numbers of one byte are scaled to [0, 1], digits from 0-16 to
        [0, 1], anything else is kept as it is.

    Raises:
        UsageError: for a file that does not hold what it must.
        PrunelabError: where a data set must be downloaded and cannot be.
    """
    if name == "digits":
        arrays = _digits()
    elif name in DATASETS:
        arrays = _from_keras(name)
    else:
        arrays = read_npz(user_path(name))
    x, y = _scaled(arrays["x_train"]), arrays["y_train"].reshape(-1).astype(np.int64)
    test = Split(_scaled(arrays["x_test"]), arrays["y_test"].reshape(-1).astype(np.int64))
    info = DatasetInfo(len(x), len(test.x), x.shape[1:], int(max(y.max(), test.y.max())) + 1)
    order = np.random.default_rng(_SPLIT_SEED).permutation(len(x))
    count = info.training_samples(validation_split)
    train, kept = np.sort(order[:count]), np.sort(order[count:])
    return Dataset(Split(x[train], y[train]), Split(x[kept], y[kept]), test, info)


def _digits() -> dict[str, npt.NDArray[Any]]:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    x_train, x_test, y_train, y_test = train_test_split(
        digits.images.astype(np.float32) / 16.0,
        digits.target,
        test_size=DATASETS["digits"].test_samples,
        stratify=digits.target,
        random_state=_SPLIT_SEED,
    )
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def _from_keras(name: str) -> dict[str, npt.NDArray[Any]]:
    import keras

    module = import_module(f"{keras.__name__}.datasets.{name}")
    try:
        (x_train, y_train), (x_test, y_test) = module.load_data()
    except Exception as error:
        # Keras raises a bare Exception where a download fails; its first line says which file.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise PrunelabError(
            f"dataset {name!r} could not be downloaded ({reason}): connect to the network once, "
            "or use digits or a FILE.npz, which need none"
        ) from error
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def _scaled(x: npt.NDArray[Any]) -> Samples:
    samples = x.astype(np.float32)
    return samples / np.float32(255.0) if x.dtype == np.uint8 else samples
