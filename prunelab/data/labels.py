"""The labels of one part as they are written: their distinct values, and which each sample has."""

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

__all__ = ["Labels", "Value", "labels_of", "read_labels", "shown_value"]

# A label is a whole number or a name.
Value = int | str

_MISSING = {"", "na", "n/a", "#n/a", "nan", "null", "none", "?"}
_MOST_SHOWN = 24


@dataclass(frozen=True)
class Labels:
    """The labels of one part.

    Attributes:
        name: What they are called in the file, for errors.
        values: The distinct labels.
        codes: For each sample the index of its label, int64 of shape `(samples,)`.
        columns: Columns of one-hot rows, each of which is a class; None for other labels.
        fractional: Whether they are stored as numbers with a fraction, though there is none.
    """

    name: str
    values: list[Value]
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
        name: What the labels are called in it.
        values: The distinct values: numbers, text, or None where there is none.
        codes: For each sample the index of its value.

    Raises:
        UsageError: where some are missing, or are no whole numbers.
    """
    missing = [place for place, value in enumerate(values) if _is_missing(value)]
    if missing:
        count = int(np.isin(codes, missing).sum())
        raise UsageError(
            f"{path}: {name} holds {shown_value(values[missing[0]])} in {count:,} of "
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


def shown_value(value: Any) -> str:
    """A label in a line, however long it is."""
    if isinstance(value, str):
        return repr(value if len(value) <= _MOST_SHOWN else f"{value[: _MOST_SHOWN - 3]}...")
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
    name: str, values: Sequence[Value], codes: npt.NDArray[np.int64], fractional: bool = False
) -> Labels:
    """Labels whose values are distinct also as they are read: "1" and "1.0" are one."""
    distinct = sorted(set(values))
    place = {value: number for number, value in enumerate(distinct)}
    table = np.array([place[value] for value in values], np.int64)
    return Labels(name, list(distinct), table[codes], None, fractional)


def _is_missing(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in _MISSING
    return value is None or (isinstance(value, float) and math.isnan(value))


def _number(value: Any) -> int | float | None:
    """The number that a value is, also where it is written as text."""
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
