"""Which rows of a file belong to which part of the data set, and their classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from prunelab.data.classes import classes_of
from prunelab.data.formats.stored_arrays import Block, StoredArray
from prunelab.data.images import channels_first
from prunelab.data.info import DatasetInfo
from prunelab.data.parts import Parts
from prunelab.data.split_rows import rows_for_test, rows_for_validation
from prunelab.errors import UsageError

__all__ = ["Layout", "PartRows", "make_layout"]

Numbers = npt.NDArray[np.int64]
Rows = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class PartRows:
    """The rows of one array of the file that belong to one part of the data set.

    Attributes:
        part: "train", "validation" or "test".
        y: The class of each of them.
        rows: Which rows of the array they are; None for all.
        sets_scale: Whether they determine how samples are scaled: all rows that the file has for
            training, also those that are used for validation.
    """

    part: str
    y: Numbers
    rows: Rows | None
    sets_scale: bool

    def of(self, block: Block) -> Block:
        """The rows of a block that belong to the part; `begin` then counts rows of the part."""
        if self.rows is None:
            return block
        end = block.begin + len(block.values)
        begin = int(np.count_nonzero(self.rows[: block.begin]))
        return Block(begin, block.where, block.values[self.rows[block.begin : end]])


@dataclass(frozen=True)
class Layout:
    """All arrays of samples, divided into the parts of the data set.

    Attributes:
        arrays: The arrays of samples, each with its rows by part.
        info: The size of the data set.
    """

    arrays: list[tuple[StoredArray, list[PartRows]]]
    info: DatasetInfo

    def blocks(self) -> Iterator[tuple[StoredArray, PartRows, Block]]:
        """The samples of all arrays in blocks, each with the part that it belongs to."""
        for stored, rows_of_part in self.arrays:
            for block in stored.blocks():
                for one in rows_of_part:
                    values = one.of(block)
                    if len(values.values):
                        yield stored, one, values


def make_layout(path: Path | str, parts: Parts, validation_split: float) -> Layout:
    """Numbers the classes and divides the samples.

    Args:
        path: The file, for errors.
        parts: What it holds.
        validation_split: Share of the training samples to validate on, in [0, 1), where the file
            has no part for that.

    Raises:
        UsageError: where the labels cannot be trained on.
    """
    named = parts.named()
    classes = classes_of(path, {part: one.labels for part, one in named.items()})
    numbers, notes = classes.numbers, [*parts.notes, *classes.notes]
    own = {part: [PartRows(part, numbers[part], None, False)] for part in named if part != "train"}
    test = np.zeros(len(numbers["train"]), np.bool_)
    if parts.test is None:
        test = rows_for_test(numbers["train"])
        if not test.any():
            raise UsageError(
                f"{path} holds {len(test):,} samples, too few to keep a fifth for the test: "
                "give more"
            )
        notes.append(
            f"there is no test part: {test.sum():,} of {len(test):,} samples, a fifth of each "
            "class, are kept for it, the same for every run"
        )
    if parts.validation is not None:
        notes.append(
            f"runs are validated on {parts.validation.x.name} of the file, whatever "
            "--validation-split says"
        )
    shape = parts.train.x.shape[1:]
    if channels_first(shape):
        notes.append(
            f"samples of shape {shape} look like images with channels first; the models here take "
            "channels last: save np.moveaxis(x, 1, -1)"
        )
    info = DatasetInfo(
        samples=int((~test).sum()),
        test_samples=int(test.sum()) if parts.test is None else len(numbers["test"]),
        shape=shape,
        classes=classes.count,
        notes=tuple(notes),
        validation_samples=0 if parts.validation is None else len(numbers["validation"]),
    )
    own["train"] = _split_training(numbers["train"], test, info.training_samples(validation_split))
    return Layout([(named[part].x, own[part]) for part in named], info)


def _split_training(numbers: Numbers, test: Rows, training: int) -> list[PartRows]:
    """Divides the training array into rows to train on, to validate on and to test on."""
    validation = np.zeros(len(test), np.bool_)
    validation[~test] = rows_for_validation(int((~test).sum()), training)
    parts = {"train": ~test & ~validation, "validation": validation, "test": test}
    return [
        PartRows(part, numbers[rows], None if rows.all() else rows, sets_scale=part != "test")
        for part, rows in parts.items()
        if rows.any()
    ]
