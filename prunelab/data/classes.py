"""The classes of a data set, numbered once for all of its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from prunelab.data.labels import Label, Labels, label_text
from prunelab.errors import UsageError

__all__ = ["Classes", "classes_of"]

# Up to this many values are classes, however they are numbered.
_ALWAYS_CLASSES = 20
# More values with gaps are classes only if they have this many samples each on average.
_MIN_SAMPLES_A_CLASS = 20
# The share of such values that may have a single sample: regression targets have tails.
_MAX_SHARE_ALONE = 0.1
_MAX_SHOWN = 5


@dataclass(frozen=True)
class Classes:
    """The classes of a data set.

    Attributes:
        count: How many there are.
        numbers: The class of each sample, 0 to `count - 1`, int64, by the name of the part.
        notes: How labels were mapped to these numbers, unless they are the same.
    """

    count: int
    numbers: dict[str, npt.NDArray[np.int64]]
    notes: list[str]


def classes_of(path: Path | str, parts: Mapping[str, Labels]) -> Classes:
    """Numbers the classes by the sorted labels of the training part.

    Numbers are taken for regression targets, not for classes, where there are more than 20 of
    them and they are not 0, 1, 2 ... (or 1, 2, 3 ...): if they are stored as floats; or if they
    have gaps and less than 20 samples each, or a single one for a tenth of the values. Likewise
    where most stand for a single sample.

    Args:
        path: The file, for errors.
        parts: The labels of each part; "train" is among them.

    Raises:
        UsageError: where the labels are no classes to tell apart, or another part holds one that
            the training part does not.
    """
    train = parts["train"]
    if train.columns is not None:
        return _one_hot(path, parts)
    values = train.values
    if len(values) < 2:
        raise UsageError(
            f"{path}: {train.name} holds the one class {label_text(values[0])}: "
            "give samples of two classes or more"
        )
    _refuse_amounts(path, train)
    number_of = {value: number for number, value in enumerate(values)}
    numbers = {}
    for part, labels in parts.items():
        if labels.columns is not None:
            raise UsageError(
                f"{path}: {labels.name} has one-hot rows and {train.name} not: write both alike"
            )
        for value in labels.values:
            if value not in number_of:
                raise UsageError(
                    f"{path}: {labels.name} holds class {label_text(value)}, which no sample of "
                    f"{train.name} has: give every class of the test a training sample"
                )
        table = np.array([number_of[value] for value in labels.values], np.int64)
        numbers[part] = table[labels.codes]
    notes = [] if values == list(range(len(values))) else [_mapping_note(values)]
    return Classes(len(values), numbers, notes)


def _one_hot(path: Path | str, parts: Mapping[str, Labels]) -> Classes:
    train = parts["train"]
    assert train.columns is not None
    for labels in parts.values():
        if labels.columns != train.columns:
            raise UsageError(
                f"{path}: {train.name} has one-hot rows of {train.columns} columns, "
                f"{labels.name} not: write both alike"
            )
    seen = np.unique(train.codes)
    if len(seen) < 2:
        raise UsageError(
            f"{path}: {train.name} holds the one class {seen[0]}: "
            "give samples of two classes or more"
        )
    for labels in parts.values():
        unseen = np.setdiff1d(labels.codes, seen)
        if len(unseen):
            raise UsageError(
                f"{path}: {labels.name} holds class {unseen[0]}, which no sample of "
                f"{train.name} has: give every class of the test a training sample"
            )
    note = f"labels are one-hot rows: the {train.columns} columns are the classes"
    return Classes(train.columns, {part: one.codes for part, one in parts.items()}, [note])


def _refuse_amounts(path: Path | str, train: Labels) -> None:
    """Raises for labels that are regression targets, not classes."""
    values, samples = train.values, len(train.codes)
    count = len(values)
    if count > max(2, samples / 2):
        raise UsageError(
            f"{path}: {train.name} holds {count:,} values among {samples:,} samples, so these are "
            "amounts or names of samples, not classes: prunelab trains classifiers, "
            "so make classes of them, each of several samples"
        )
    first, last = values[0], values[-1]
    if count <= _ALWAYS_CLASSES or isinstance(first, str) or isinstance(last, str):
        return
    in_a_row = last - first + 1 == count
    if in_a_row and (first in (0, 1) or not train.fractional):
        return
    alone = np.bincount(train.codes) == 1
    if (
        train.fractional
        or samples < _MIN_SAMPLES_A_CLASS * count
        or alone.mean() > _MAX_SHARE_ALONE
    ):
        raise UsageError(
            f"{path}: {train.name} holds {count:,} values from {first} to {last}, so these are "
            "amounts, not classes: prunelab trains classifiers, so make classes of them (such as "
            "by np.digitize or pandas.cut); if they are classes, number them 0, 1, 2 ... (such as "
            "by np.unique(y, return_inverse=True)[1])"
        )


def _mapping_note(values: Sequence[Label]) -> str:
    first, last, count = values[0], values[-1], len(values)
    if not isinstance(first, str) and not isinstance(last, str) and last - first + 1 == count > 2:
        return f"labels {first} to {last} were mapped to classes 0 to {count - 1}"
    shown = [label_text(value) for value in values]
    if count > _MAX_SHOWN + 1:
        shown = [*shown[: _MAX_SHOWN - 1], "...", shown[-1]]
        return (
            f"labels {', '.join(shown)} ({count:,} values) were mapped to classes 0 to {count - 1}"
        )
    return f"labels {', '.join(shown)} were mapped to classes 0 to {count - 1}"
