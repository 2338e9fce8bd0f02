"""How samples are scaled: decided once for a set, by its training samples, the same for all."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.data.formats.stored_arrays import BLOCK_BYTES
from prunelab.errors import UsageError

__all__ = ["SCALES", "Range", "Scaling", "decide_scaling", "read_scale"]

SCALES = ("auto", "none", "minmax", "standard")

_BYTE = 255
# Values of standardised data lie within, but for a few.
_MOST_USUAL = 10
_LEAST_USUAL = 0.02
# The pixels of one set end at 1 where they were scaled, and beyond this where they were not.
_SURELY_UNSCALED = 100
# The largest values of two parts of one set are closer, but for rare samples.
_MOST_UNLIKE = 20

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Range:
    """The least and the greatest of some samples."""

    low: float = math.inf
    high: float = -math.inf

    def and_of(self, block: Samples) -> Range:
        """With those of more samples; NaN and infinity stay."""
        low, high = float(block.min()), float(block.max())
        if math.isnan(low) or math.isnan(self.low):
            return Range(math.nan, math.nan)
        return Range(min(self.low, low), max(self.high, high))

    @property
    def finite(self) -> bool:
        """Whether there is neither NaN nor infinity among them."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def magnitude(self) -> float:
        """The greatest absolute value."""
        return max(abs(self.low), abs(self.high))

    def __str__(self) -> str:
        return f"{self.low:.6g} to {self.high:.6g}"


@dataclass(frozen=True)
class Scaling:
    """What is subtracted from every sample, and what it is divided by.

    Attributes:
        minus: A number.
        by: A number.
        each: Whether instead every number of a sample is brought to mean 0 and standard deviation
            1 over the training samples.
        notes: What was decided, or looks odd, each as a line.
    """

    minus: float = 0.0
    by: float = 1.0
    each: bool = False
    notes: tuple[str, ...] = ()

    def apply(self, training: Iterable[Samples], others: Iterable[Samples]) -> None:
        """Scales samples in place.

        Args:
            training: The samples that decide, in one or more arrays.
            others: Those that follow.
        """
        training = [one for one in training if len(one)]
        arrays = [*training, *(one for one in others if len(one))]
        minus: Any = np.float32(self.minus)
        by: Any = np.float32(self.by)
        if self.each:
            minus, by = _moments(training)
        for array in arrays:
            if self.each or self.minus:
                array -= minus
            if self.each or self.by != 1.0:
                array /= by


def read_scale(written: str | float) -> str:
    """The one way to write a choice of scaling.

    Args:
        written: One of `SCALES`, or a number above 0 to divide by, also as text.

    Raises:
        UsageError: for anything else.
    """
    if str(written) in SCALES:
        return str(written)
    try:
        number = float(written)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        raise UsageError(
            f"scale={written!r} is not known: use {', '.join(SCALES)}, "
            "or a number to divide by, such as 255"
        )
    return f"{number:.9g}"


def decide_scaling(
    path: Path | str,
    scale: str,
    dtype: np.dtype[Any],
    names: Mapping[str, str],
    ranges: Mapping[str, Range],
    flat: bool,
) -> Scaling:
    """Decides how a set is scaled.

    "auto" divides whole numbers of one byte by 255, unless they are 0 and 1 alone, and leaves all
    else as it is; "minmax" brings the training samples to 0 to 1.

    Args:
        path: The file, for errors.
        scale: What `read_scale` gave.
        dtype: Of the training samples in the file.
        names: What the samples of each part are called.
        ranges: Of each part; "train" is among them.
        flat: Whether a sample is a row of numbers, which may be of different units.

    Raises:
        UsageError: where one part was scaled already and another not.
    """
    _check_alike(path, names, ranges)
    scaling = _of_training(scale, dtype, names["train"], ranges["train"], flat)
    return replace(scaling, notes=(*scaling.notes, *_unlike(names, ranges)))


def _of_training(scale: str, dtype: np.dtype[Any], name: str, train: Range, flat: bool) -> Scaling:
    if train.low == train.high:
        return Scaling(notes=(f"{name} holds {train.low:.6g} alone: there is nothing to learn",))
    if scale == "minmax":
        return Scaling(train.low, train.high - train.low)
    if scale == "standard":
        return Scaling(each=True)
    if scale == "auto":
        return _by_default(name, dtype, train, flat)
    return Scaling() if scale == "none" else Scaling(by=float(scale))


def _check_alike(path: Path | str, names: Mapping[str, str], ranges: Mapping[str, Range]) -> None:
    """Refuses pixels that were scaled in one part and not in another."""
    train = ranges["train"]
    for part, other in ranges.items():
        small, large = sorted([train, other], key=lambda one: one.magnitude)
        scaled = 0 < small.magnitude <= 1 and large.magnitude > _SURELY_UNSCALED
        if scaled and large.low >= -1:
            raise UsageError(
                f"{path}: {names[part]} reaches from {other} and {names['train']} from {train}, "
                "as if one was scaled and the other not: scale both alike"
            )


def _unlike(names: Mapping[str, str], ranges: Mapping[str, Range]) -> Iterator[str]:
    """What may be parts that were not scaled alike, or only samples that are rare."""
    train = ranges["train"]
    for part, other in ranges.items():
        small, large = sorted([train.magnitude, other.magnitude])
        if 0 < small * _MOST_UNLIKE < large:
            yield (
                f"{names[part]} reaches from {other} and {names['train']} from {train}: "
                "check that both were scaled alike"
            )


def _by_default(name: str, dtype: np.dtype[Any], train: Range, flat: bool) -> Scaling:
    if dtype == np.uint8 and train.high > 1:
        note = f"samples were divided by {_BYTE}: {name} holds bytes (--scale none keeps them)"
        if train.high <= _BYTE / 4:
            note += f"; it ends at {train.high:.6g}, so --scale {train.high:.6g} may suit better"
        return Scaling(by=_BYTE, notes=(note,))
    told = f"{name} reaches from {train}"
    if train.magnitude < _LEAST_USUAL:
        return Scaling(notes=(f"{told} only, as if it was scaled twice: --scale minmax mends it",))
    if train.magnitude <= _MOST_USUAL:
        return Scaling()
    ends = [top for top in (_BYTE, 65_535) if top / 2 < train.high <= top and train.low >= 0]
    mend = "--scale minmax brings it to 0-1"
    if flat and not (train.low == 0 and train.high in ends):
        mend = "--scale standard brings each column to mean 0 and deviation 1"
    elif ends:
        mend = f"--scale {ends[0]} divides by {ends[0]}"
    return Scaling(notes=(f"{told}, as if it was not scaled, and is taken as it is: {mend}",))


def _moments(arrays: list[Samples]) -> tuple[Samples, Samples]:
    """Mean and standard deviation over all rows, 1 where that is 0, each of a sample's shape."""
    count, mean, squares = 0, np.zeros(arrays[0].shape[1:]), np.zeros(arrays[0].shape[1:])
    for array in arrays:
        rows = max(BLOCK_BYTES // max(array[:1].nbytes, 1), 1)
        for start in range(0, len(array), rows):
            block = array[start : start + rows].astype(np.float64)
            own = block.mean(axis=0)
            away = own - mean
            both = count + len(block)
            # The parts' moments joined, as by Chan, Golub and LeVeque (1979).
            squares += ((block - own) ** 2).sum(axis=0) + away**2 * count * len(block) / both
            mean += away * len(block) / both
            count = both
    deviation = np.sqrt(squares / count)
    # What rounding leaves of a column of equal numbers is no deviation.
    deviation[deviation <= np.abs(mean) * 1e-7] = 1.0
    return mean.astype(np.float32), np.where(deviation > 0, deviation, 1.0).astype(np.float32)
