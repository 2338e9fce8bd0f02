"""Reading a data set once, in blocks, to describe it or to train on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from prunelab.data.formats.stored_arrays import Block, StoredArray
from prunelab.data.info import DatasetInfo
from prunelab.data.layout import Layout, PartRows, make_layout
from prunelab.data.parts import Parts
from prunelab.data.scaling import Range, Samples, Scaling, decide_scaling
from prunelab.errors import UsageError

__all__ = ["Dataset", "Split", "describe_parts", "read_parts"]


@dataclass(frozen=True)
class Split:
    """Samples of shape `(n, ...)`, float32, and their class numbers of shape `(n,)`, int64."""

    x: Samples
    y: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Dataset:
    """A data set in its three parts; the test part is used once, at the end of a run."""

    train: Split
    validation: Split
    test: Split
    info: DatasetInfo


def describe_parts(path: Path | str, parts: Parts, scale: str) -> DatasetInfo:
    """Reads all samples in blocks, without keeping them.

    Args:
        path: The file, for errors.
        parts: What it holds.
        scale: How to scale samples, as `read_scale` gave it.

    Raises:
        UsageError: where the file cannot be trained on.
    """
    layout = make_layout(path, parts, 0.0)
    ranges: dict[str, Range] = {}
    for stored, rows_of_part, block in layout.blocks():
        with np.errstate(over="ignore"):
            values = block.values.astype(np.float32, copy=False)
        _extend_range(path, ranges, stored, rows_of_part, block, values)
    return _with_notes(layout.info, _decide_scaling(path, parts, layout, scale, ranges))


def read_parts(path: Path | str, parts: Parts, scale: str, validation_split: float) -> Dataset:
    """Reads all samples into memory, scaled, as the float32 that they are trained as.

    Args:
        path: The file, for errors.
        parts: What it holds.
        scale: As for `describe_parts`.
        validation_split: Share of the training samples to validate on, in [0, 1), where the file
            has no validation part.

    Raises:
        UsageError: as for `describe_parts`.
    """
    layout = make_layout(path, parts, validation_split)
    shape = layout.info.shape
    splits = {
        one.part: Split(np.empty((len(one.y), *shape), np.float32), one.y)
        for _, rows_of_part in layout.arrays
        for one in rows_of_part
    }
    ranges: dict[str, Range] = {}
    for stored, rows_of_part, block in layout.blocks():
        rows = slice(block.begin, block.begin + len(block.values))
        samples = splits[rows_of_part.part].x[(rows, *block.where)]
        with np.errstate(over="ignore"):
            samples[...] = block.values
        _extend_range(path, ranges, stored, rows_of_part, block, samples)
    scaling = _decide_scaling(path, parts, layout, scale, ranges)
    scale_setting = {
        one.part for _, rows_of_part in layout.arrays for one in rows_of_part if one.sets_scale
    }
    scaling.apply(
        [one.x for part, one in splits.items() if part in scale_setting],
        [one.x for part, one in splits.items() if part not in scale_setting],
    )
    empty = Split(np.empty((0, *shape), np.float32), np.empty(0, np.int64))
    train, validation, test = (splits.get(part, empty) for part in ("train", "validation", "test"))
    return Dataset(train, validation, test, _with_notes(layout.info, scaling))


def _extend_range(
    path: Path | str,
    ranges: dict[str, Range],
    stored: StoredArray,
    rows_of_part: PartRows,
    block: Block,
    values: Samples,
) -> None:
    """Extends the range of the samples' part; all rows that set the scale count as "train"."""
    part = "train" if rows_of_part.sets_scale else rows_of_part.part
    ranges[part] = ranges.get(part, Range()).extended_by(values)
    if not ranges[part].finite:
        raise UsageError(
            f"{path}: {_location(stored, block, values)} holds NaN or infinity (of float32): "
            "replace them by numbers"
        )


def _location(stored: StoredArray, block: Block, values: Samples) -> str:
    """Where a NaN or infinity is: the column of a table, or the array."""
    if not stored.columns:
        return stored.name
    names = stored.columns[block.where[0]] if block.where else stored.columns
    return f"column {names[int((~np.isfinite(values)).any(axis=0).argmax())]!r}"


def _decide_scaling(
    path: Path | str, parts: Parts, layout: Layout, scale: str, ranges: dict[str, Range]
) -> Scaling:
    names = {part: one.x.name for part, one in parts.named().items()}
    # A test part that was split off the training array is scaled as that anyway.
    stored = {part: ranges[part] for part in names}
    flat = len(layout.info.shape) == 1
    return decide_scaling(path, scale, parts.train.x.dtype, names, stored, flat)


def _with_notes(info: DatasetInfo, scaling: Scaling) -> DatasetInfo:
    return replace(info, notes=(*info.notes, *scaling.notes))
