"""Arrays that are read in blocks, so that a file is never in memory beside its arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["BLOCK_BYTES", "Array", "Block", "Stored", "in_memory"]

Array = npt.NDArray[Any]

# What is read at once: large beside the cost of a call, small beside any data set.
BLOCK_BYTES = 1 << 22


class Block(NamedTuple):
    """Some of an array.

    Attributes:
        begin: The first row that it holds a part of.
        where: Which part of each row it holds, as an index; `()` for all of it.
        values: What is there, rows first.
    """

    begin: int
    where: tuple[slice, ...]
    values: Array


@dataclass(frozen=True)
class Stored:
    """An array that lies in a file, or in memory.

    Attributes:
        name: What it is called there, for errors.
        shape: Its shape, rows first.
        dtype: Its type.
        blocks: Gives all of it, a few MB at a time; it may be asked for once.
        columns: The names of the columns of a table; none for other arrays.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    blocks: Callable[[], Iterator[Block]]
    columns: tuple[str, ...] = ()


def in_memory(name: str, array: Array) -> Stored:
    """An array that is in memory already."""

    def blocks() -> Iterator[Block]:
        rows = max(BLOCK_BYTES // max(array[:1].nbytes, 1), 1)
        for start in range(0, len(array), rows):
            yield Block(start, (), array[start : start + rows])

    return Stored(name, array.shape, array.dtype, blocks)
