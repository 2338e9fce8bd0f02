"""Arrays that are read in blocks of rows, so that a file is never in memory beside its arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["BLOCK_BYTES", "Array", "Part", "Parts", "Stored", "in_memory"]

Array = npt.NDArray[Any]

# What is read at once: large beside the cost of a call, small beside any data set.
BLOCK_BYTES = 1 << 22


@dataclass(frozen=True)
class Stored:
    """An array that lies in a file, or in memory.

    Attributes:
        name: What it is called there, for errors.
        shape: Its shape, rows first.
        dtype: Its type.
        blocks: Gives its rows in order, some at a time, from the first; it may be asked for once.
        columns: The names of the columns of a table; none for other arrays.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    blocks: Callable[[], Iterator[Array]]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """Samples with their labels; `y` is as it was stored, of one row a sample."""

    x: Stored
    y: Array
    y_name: str


@dataclass(frozen=True)
class Parts:
    """What a file holds. Where `test` is None, `train` is all of it."""

    train: Part
    test: Part | None = None
    validation: Part | None = None
    notes: list[str] = field(default_factory=list)

    def named(self) -> dict[str, Part]:
        """The parts that are there, by their names."""
        all_of_them = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: part for name, part in all_of_them.items() if part is not None}


def in_memory(name: str, array: Array) -> Stored:
    """An array that is in memory already."""

    def blocks() -> Iterator[Array]:
        rows = max(BLOCK_BYTES // max(array[:1].nbytes, 1), 1)
        for start in range(0, len(array), rows):
            yield array[start : start + rows]

    return Stored(name, array.shape, array.dtype, blocks)
