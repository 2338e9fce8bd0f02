"""The labels of one part as they are written: distinct values, and a code for each sample."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.data.formats.stored_arrays import Array
from prunelab.errors import UsageError

__all__ = ["Label", "Labels", "label_text", "labels_of", "read_labels"]

# A label is a whole number or a name.
Label = int | str

_NO_LABEL = {"", "na", "n/a", "#n/a", "nan", "null", "none", "?"}
_MAX_SHOWN = 24


@dataclass(frozen=True)
class Labels:
    """The labels of one part.

    Attributes:
        name: Their name in the file, for errors.
        values: The distinct labels.
        codes: For each sample the index of its label, int64 of shape `(samples,)`.
        columns: Columns of one-hot rows, each of which is a class; None for other labels.
        fractional: Whether they are stored as floats, all of which are whole numbers.
    """

    name: str
    values: list[Label]
    codes: npt.NDArray[np.int64]
    columns: int | None = None
    fractional: bool = False


def read_labels(path: Path | str, name: str, y: Array) -> Labels:
    """Reads an array of labels: numbers or text, one a sample, or one-hot rows.

    Raises:
        UsageError: where they are no classes, such as numbers with a fraction.
    """
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 2 and len(y) and y.shape[1] > 1 and y.dtype.kind in "biuf":
        return _one_hot(path, name, y)
    if y.ndim != 1 or not len(y):
        raise UsageError(
            f"{path}: {name} has shape {y.shape}: give one class number a sample, or one-hot rows"
        )
    if y.dtype.kind not in "biufUS":
        raise UsageError(
            f"{path}: {name} holds {y.dtype}, no whole class numbers or names: use 0, 1, 2 ..."
        )
    values, codes = np.unique(y, return_inverse=True)
    if y.dtype.kind == "S":
        values = np.char.decode(values, "utf-8", "replace")
    return labels_of(path, name, values.tolist(), codes.astype(np.int64))


def labels_of(
    path: Path | str, name: str, values: Sequence[Any], codes: npt.NDArray[np.int64]
) -> Labels:
    """Makes labels of distinct values as they are written, checked.

    Args:
        path: The file, for errors.
        name: Their name in it.
        values: The distinct values: numbers, text, or None where there is none.
        codes: For each sample the index of its value.

    Raises:
        UsageError: where some are missing, or are no whole numbers.
    """
    missing = [index for index, value in enumerate(values) if _is_missing(value)]
    if missing:
        count = int(np.isin(codes, missing).sum())
        raise UsageError(
            f"{path}: {name} holds {label_text(values[missing[0]])} in {count:,} of "
            f"{len(codes):,} samples, no whole class numbers or names: "
            "give each a label, or leave it out"
        )
    numbers = [_number(value) for value in values]
    if any(number is None for number in numbers):
        return _merged(name, [str(value).strip() for value in values], codes)
    for number in numbers:
        assert number is not None
        if not math.isfinite(number) or number != int(number):
            raise UsageError(
                f"{path}: {name} holds {number:.6g}, so these are no whole class numbers but "
                "amounts: prunelab trains classifiers, so make classes of them, such as "
                "by np.digitize, pandas.cut, or whole numbers 0, 1, 2 ..."
            )
    whole = [int(number) for number in numbers if number is not None]
    fractional = any(isinstance(value, float) or "." in str(value) for value in values)
    return _merged(name, whole, codes, fractional)


def label_text(value: Any) -> str:
    """A label as text for a line, shortened."""
    if isinstance(value, str):
        return repr(value if len(value) <= _MAX_SHOWN else f"{value[: _MAX_SHOWN - 3]}...")
    return str(value)


def _one_hot(path: Path | str, name: str, y: Array) -> Labels:
    is_one = y == 1
    if not (is_one | (y == 0)).all() or (is_one.sum(axis=1) != 1).any():
        raise UsageError(
            f"{path}: {name} has shape {y.shape}, and not each row is one-hot (a single 1 among "
            "zeros): give one class number a sample, such as argmax(axis=1)"
        )
    columns = y.shape[1]
    return Labels(name, list(range(columns)), is_one.argmax(axis=1).astype(np.int64), columns)


def _merged(
    name: str, values: Sequence[Label], codes: npt.NDArray[np.int64], fractional: bool = False
) -> Labels:
    """Merges values that are read as the same label, such as "1" and "1.0"."""
    distinct = sorted(set(values))
    index_of = {value: number for number, value in enumerate(distinct)}
    table = np.array([index_of[value] for value in values], np.int64)
    return Labels(name, list(distinct), table[codes], None, fractional)


def _is_missing(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in _NO_LABEL
    return value is None or (isinstance(value, float) and math.isnan(value))


def _number(value: Any) -> int | float | None:
    """A value as a number, also where it is written as text; None where it is no number."""
    if isinstance(value, bool | int | float):
        return value
    try:
        return int(value)
    except ValueError:
        pass
    try:
        return float(value)
    except ValueError:
        return None
