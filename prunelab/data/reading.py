"""Reading a data set once, in blocks, be it to describe it or to train on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from prunelab.data.formats.stored_arrays import Block, Stored
from prunelab.data.info import DatasetInfo
from prunelab.data.layout import Going, Layout, lay_out
from prunelab.data.parts import Parts
from prunelab.data.scaling import Range, Samples, Scaling, decide_scaling
from prunelab.errors import UsageError

__all__ = ["Dataset", "Split", "described", "read"]


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


def described(path: Path | str, parts: Parts, scale: str) -> DatasetInfo:
    """Looks at all samples, a block at a time, and keeps none.

    Args:
        path: The file, for errors.
        parts: What it holds.
        scale: How to scale samples, as `read_scale` gave it.

    Raises:
        UsageError: where the file cannot be trained on, naming what is wrong.
    """
    layout = lay_out(path, parts, 0.0)
    ranges: dict[str, Range] = {}
    for stored, going, block in layout.blocks():
        with np.errstate(over="ignore"):
            values = block.values.astype(np.float32, copy=False)
        _widen(path, ranges, stored, going, block, values)
    return _with_notes(layout.info, _scaling(path, parts, layout, scale, ranges))


def read(path: Path | str, parts: Parts, scale: str, validation_split: float) -> Dataset:
    """Reads all samples into memory, scaled, as the float32 that they are trained as.

    Args:
        path: The file, for errors.
        parts: What it holds.
        scale: As for `described`.
        validation_split: Share of the training samples to validate on, in [0, 1), where the file
            has no validation part.

    Raises:
        UsageError: as for `described`.
    """
    layout = lay_out(path, parts, validation_split)
    shape = layout.info.shape
    splits = {
        one.to: Split(np.empty((len(one.y), *shape), np.float32), one.y)
        for _, going in layout.arrays
        for one in going
    }
    ranges: dict[str, Range] = {}
    for stored, going, block in layout.blocks():
        rows = slice(block.begin, block.begin + len(block.values))
        place = splits[going.to].x[(rows, *block.where)]
        with np.errstate(over="ignore"):
            place[...] = block.values
        _widen(path, ranges, stored, going, block, place)
    scaling = _scaling(path, parts, layout, scale, ranges)
    deciding = {one.to for _, going in layout.arrays for one in going if one.decides}
    scaling.apply(
        [one.x for to, one in splits.items() if to in deciding],
        [one.x for to, one in splits.items() if to not in deciding],
    )
    nothing = Split(np.empty((0, *shape), np.float32), np.empty(0, np.int64))
    train, validation, test = (splits.get(to, nothing) for to in ("train", "validation", "test"))
    return Dataset(train, validation, test, _with_notes(layout.info, scaling))


def _widen(
    path: Path | str,
    ranges: dict[str, Range],
    stored: Stored,
    going: Going,
    block: Block,
    values: Samples,
) -> None:
    """Takes samples into the range of what they are: all that decides is one."""
    what = "train" if going.decides else going.to
    ranges[what] = ranges.get(what, Range()).and_of(values)
    if not ranges[what].finite:
        raise UsageError(
            f"{path}: {_place(stored, block, values)} holds NaN or infinity (of float32): "
            "replace them by numbers"
        )


def _place(stored: Stored, block: Block, values: Samples) -> str:
    """Where a number is that is none: the column of a table, or the array."""
    if not stored.columns:
        return stored.name
    names = stored.columns[block.where[0]] if block.where else stored.columns
    return f"column {names[int((~np.isfinite(values)).any(axis=0).argmax())]!r}"


def _scaling(
    path: Path | str, parts: Parts, layout: Layout, scale: str, ranges: dict[str, Range]
) -> Scaling:
    names = {part: one.x.name for part, one in parts.named().items()}
    # A test part that is held back of the training array is scaled as that is by all means.
    stored = {part: ranges[part] for part in names}
    flat = len(layout.info.shape) == 1
    return decide_scaling(path, scale, parts.train.x.dtype, names, stored, flat)


def _with_notes(info: DatasetInfo, scaling: Scaling) -> DatasetInfo:
    return replace(info, notes=(*info.notes, *scaling.notes))
