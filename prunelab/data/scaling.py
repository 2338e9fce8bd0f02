"""How samples are scaled: decided by the training samples, the same for all parts."""

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

_MAX_BYTE = 255
# Almost all magnitudes of scaled data lie between these two.
_MAX_SCALED = 10
_MIN_SCALED = 0.02
# Pixels end at 1 where they were scaled, and above this where they were not.
_SURELY_UNSCALED = 100
# The largest magnitudes of two parts differ by less than this factor, but for rare samples.
_MAX_RATIO = 20

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Range:
    """The minimum and the maximum of some samples."""

    low: float = math.inf
    high: float = -math.inf

    def extended_by(self, block: Samples) -> Range:
        """The range that also holds more samples; NaN and infinity stay."""
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
    """What is subtracted from samples, and what they are divided by.

    Attributes:
        offset: What is subtracted.
        divisor: What the difference is divided by.
        per_feature: Whether instead every number of a sample is brought to mean 0 and standard
            deviation 1 over the training samples.
        notes: What was decided, or looks odd, a line each.
    """

    offset: float = 0.0
    divisor: float = 1.0
    per_feature: bool = False
    notes: tuple[str, ...] = ()

    def apply(self, training: Iterable[Samples], others: Iterable[Samples]) -> None:
        """Scales samples in place.

        Args:
            training: The samples that set the scale, in one or more arrays.
            others: Further samples, scaled likewise.
        """
        training = [one for one in training if len(one)]
        arrays = [*training, *(one for one in others if len(one))]
        offset: Any = np.float32(self.offset)
        divisor: Any = np.float32(self.divisor)
        if self.per_feature:
            offset, divisor = _moments(training)
        for array in arrays:
            if self.per_feature or self.offset:
                array -= offset
            if self.per_feature or self.divisor != 1.0:
                array /= divisor


def read_scale(written: str | float) -> str:
    """Reads a choice of scaling into its canonical text.

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
        names: The name of the samples of each part, for notes.
        ranges: Of each part; "train" is among them.
        flat: Whether a sample is a row of numbers, which may be of different units.

    Raises:
        UsageError: where one part was scaled already and another not.
    """
    _check_alike(path, names, ranges)
    scaling = _scaling_of(scale, dtype, names["train"], ranges["train"], flat)
    return replace(scaling, notes=(*scaling.notes, *_range_notes(names, ranges)))


def _scaling_of(scale: str, dtype: np.dtype[Any], name: str, train: Range, flat: bool) -> Scaling:
    if train.low == train.high:
        return Scaling(notes=(f"{name} holds {train.low:.6g} alone: there is nothing to learn",))
    if scale == "minmax":
        return Scaling(train.low, train.high - train.low)
    if scale == "standard":
        return Scaling(per_feature=True)
    if scale == "auto":
        return _auto_scaling(name, dtype, train, flat)
    return Scaling() if scale == "none" else Scaling(divisor=float(scale))


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


def _range_notes(names: Mapping[str, str], ranges: Mapping[str, Range]) -> Iterator[str]:
    """Notes on parts whose ranges differ much: scaled differently, or merely rare samples."""
    train = ranges["train"]
    for part, other in ranges.items():
        small, large = sorted([train.magnitude, other.magnitude])
        if 0 < small * _MAX_RATIO < large:
            yield (
                f"{names[part]} reaches from {other} and {names['train']} from {train}: "
                "check that both were scaled alike"
            )


def _auto_scaling(name: str, dtype: np.dtype[Any], train: Range, flat: bool) -> Scaling:
    if dtype == np.uint8 and train.high > 1:
        note = f"samples were divided by {_MAX_BYTE}: {name} holds bytes (--scale none keeps them)"
        if train.high <= _MAX_BYTE / 4:
            note += f"; it ends at {train.high:.6g}, so --scale {train.high:.6g} may suit better"
        return Scaling(divisor=_MAX_BYTE, notes=(note,))
    reach = f"{name} reaches from {train}"
    if train.magnitude < _MIN_SCALED:
        return Scaling(notes=(f"{reach} only, as if it was scaled twice: --scale minmax mends it",))
    if train.magnitude <= _MAX_SCALED:
        return Scaling()
    ends = [top for top in (_MAX_BYTE, 65_535) if top / 2 < train.high <= top and train.low >= 0]
    mend = "--scale minmax brings it to 0-1"
    if flat and not (train.low == 0 and train.high in ends):
        mend = "--scale standard brings each column to mean 0 and deviation 1"
    elif ends:
        mend = f"--scale {ends[0]} divides by {ends[0]}"
    return Scaling(notes=(f"{reach}, as if it was not scaled, and is taken as it is: {mend}",))


def _moments(arrays: list[Samples]) -> tuple[Samples, Samples]:
    """Mean and standard deviation over all rows, 1 where that is 0, each of a sample's shape."""
    count, mean, squares = 0, np.zeros(arrays[0].shape[1:]), np.zeros(arrays[0].shape[1:])
    for array in arrays:
        rows = max(BLOCK_BYTES // max(array[:1].nbytes, 1), 1)
        for start in range(0, len(array), rows):
            block = array[start : start + rows].astype(np.float64)
            block_mean = block.mean(axis=0)
            difference = block_mean - mean
            total = count + len(block)
            # The parts' moments joined, as by Chan, Golub and LeVeque (1979).
            between = difference**2 * count * len(block) / total
            squares += ((block - block_mean) ** 2).sum(axis=0) + between
            mean += difference * len(block) / total
            count = total
    deviation = np.sqrt(squares / count)
    # Not the rounding error of a column of equal numbers.
    deviation[deviation <= np.abs(mean) * 1e-7] = 1.0
    return mean.astype(np.float32), np.where(deviation > 0, deviation, 1.0).astype(np.float32)
