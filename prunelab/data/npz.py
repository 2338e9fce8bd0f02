"""A user's own data: an `.npz` file with `x_train`, `y_train`, `x_test` and `y_test`."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.errors import UsageError

__all__ = ["KEYS", "inspect_npz", "read_npz"]

KEYS = ("x_train", "y_train", "x_test", "y_test")
Array = npt.NDArray[Any]


def inspect_npz(path: Path) -> tuple[int, int, tuple[int, ...], int]:
    """Checks a file and returns samples, test samples, the shape of one sample, and classes.

    Raises:
        UsageError: where the file cannot be trained on, naming what is wrong.
    """
    arrays = read_npz(path)
    x_train, y_train = arrays["x_train"], arrays["y_train"]
    classes = int(max(y_train.max(), arrays["y_test"].max())) + 1
    return len(x_train), len(arrays["x_test"]), x_train.shape[1:], classes


def read_npz(path: Path) -> dict[str, Array]:
    """Reads and checks the four arrays; labels come back as one-dimensional int64.

    Raises:
        UsageError: where the file cannot be trained on, naming what is wrong.
    """
    arrays = _arrays(path)
    for part in ("train", "test"):
        x, y = arrays[f"x_{part}"], arrays[f"y_{part}"]
        _check_samples(path, f"x_{part}", x)
        arrays[f"y_{part}"] = _labels(path, f"y_{part}", y)
        if len(x) != len(y):
            raise UsageError(
                f"{path}: x_{part} has {len(x):,} samples and y_{part} {len(y):,} labels: "
                "give one label a sample"
            )
    train, test = arrays["x_train"].shape[1:], arrays["x_test"].shape[1:]
    if train != test:
        raise UsageError(
            f"{path}: a sample of x_train has shape {train} and one of x_test {test}: "
            "give both the same shape"
        )
    top, count = int(arrays["y_train"].max()), len(arrays["y_train"])
    if top >= count:
        raise UsageError(
            f"{path}: label {top:,} among {count:,} samples: number the classes 0, 1, 2 ..."
        )
    unseen = int(arrays["y_test"].max())
    if unseen > top:
        raise UsageError(
            f"{path}: y_test holds class {unseen}, y_train ends at {top}: "
            "give every class of the test a training sample"
        )
    return arrays


def _arrays(path: Path) -> dict[str, Array]:
    if not path.exists():
        raise UsageError(f"dataset file {path} does not exist: check the path")
    if path.is_dir():
        raise UsageError(f"dataset {path} is a folder: give a FILE.npz")
    arrays: dict[str, Array] = {}
    try:
        # Through one open file: np.load would also take .npy files and pickles by other means.
        with zipfile.ZipFile(path) as archive:
            names = {Path(name).stem for name in archive.namelist()}
            missing = [key for key in KEYS if key not in names]
            if missing:
                raise UsageError(
                    f"{path} lacks {', '.join(missing)}: "
                    f"save it with np.savez(path, {', '.join(f'{key}=...' for key in KEYS)})"
                )
        with np.load(path, allow_pickle=False) as held:
            for key in KEYS:
                arrays[key] = held[key]
    except UsageError:
        raise
    except zipfile.BadZipFile as error:
        raise UsageError(
            f"{path} is not an .npz file: make one with np.savez(path, x_train=..., ...)"
        ) from error
    except PermissionError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}, check its permissions"
        ) from error
    except (ValueError, OSError, EOFError, KeyError, RuntimeError, zlib.error) as error:
        raise UsageError(f"{path} holds no plain arrays: {_first_line(error)}") from error
    return arrays


def _check_samples(path: Path, name: str, x: Array) -> None:
    if x.ndim < 2 or x.ndim > 4 or 0 in x.shape:
        raise UsageError(
            f"{path}: {name} has shape {x.shape}: give (samples, ...) with one to three "
            "dimensions a sample, none empty"
        )
    if x.dtype.kind not in "biuf":
        raise UsageError(f"{path}: {name} holds {x.dtype}: give real numbers")
    with np.errstate(over="ignore"):
        finite = x.dtype.kind != "f" or np.isfinite(x.astype(np.float32)).all()
    if not finite:
        raise UsageError(
            f"{path}: {name} holds NaN or infinity (of float32): replace them by numbers"
        )


def _labels(path: Path, name: str, y: Array) -> npt.NDArray[np.int64]:
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1 or not len(y):
        raise UsageError(
            f"{path}: {name} has shape {y.shape}: give one class number a sample"
            + (", such as argmax(axis=1) of one-hot rows" if y.ndim == 2 else "")
        )
    with np.errstate(invalid="ignore"):
        numbers = y.astype(np.int64) if y.dtype.kind in "biuf" else None
    if numbers is None or not (numbers == y).all():
        raise UsageError(
            f"{path}: {name} holds {y.dtype} that are no whole class numbers: use 0, 1, 2 ..."
        )
    if numbers.min() < 0:
        raise UsageError(f"{path}: {name} holds label {numbers.min()}: number the classes from 0")
    return numbers


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
