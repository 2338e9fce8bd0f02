"""Arrays that are read in blocks, so that a file is never in memory as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["BLOCK_BYTES", "Array", "Block", "StoredArray", "stored_in_memory"]

Array = npt.NDArray[Any]

# Bytes to read at once: many for the cost of a call, few for the memory.
BLOCK_BYTES = 1 << 22


class Block(NamedTuple):
    """Some of an array.

    Attributes:
        begin: Its first row.
        where: The part of each row that it holds, as an index; `()` for all of it.
        values: Its values, rows first.
    """

    begin: int
    where: tuple[slice, ...]
    values: Array


@dataclass(frozen=True)
class StoredArray:
    """An array that lies in a file, or in memory.

    Attributes:
        name: Its name there, for errors.
        shape: Its shape, rows first.
        dtype: Its type.
        blocks: Gives all of it, a few MB at a time; may be called once.
        columns: The names of the columns of a table; none for other arrays.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    blocks: Callable[[], Iterator[Block]]
    columns: tuple[str, ...] = ()


def stored_in_memory(name: str, array: Array) -> StoredArray:
    """An array that is in memory already."""

    def blocks() -> Iterator[Block]:
        rows = max(BLOCK_BYTES // max(array[:1].nbytes, 1), 1)
        for start in range(0, len(array), rows):
            yield Block(start, (), array[start : start + rows])

    return StoredArray(name, array.shape, array.dtype, blocks)
