"""A ring of rows that the compiled training step writes, one a batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from prunelab.keras_internals.outside_strategy import outside_strategy

__all__ = ["RingBuffer"]

# Rows before the first is written over: a second of the smallest model's steps, and 28 KB.
_ROWS = 1024


class RingBuffer:
    """The last rows that a graph wrote, to be read between its runs or beside them.

    To read a variable after every batch would be beyond the step budget; it is read a few times a
    second.

    Args:
        width: Values in a row.

    Attributes:
        size: Rows that it holds.
    """

    def __init__(self, width: int) -> None:
        self.size = _ROWS
        self._rows, self._count = outside_strategy(
            lambda: (
                tf.Variable(tf.zeros((self.size, width)), trainable=False, name="batches"),
                tf.Variable(0, trainable=False, dtype=tf.int64, name="batch_count"),
            )
        )

    @property
    def count(self) -> int:
        """Rows that were written so far, to be read while the graph does not run."""
        return int(self._count.numpy())

    def write(self, row: list[Any]) -> None:
        """Writes the next row; also while a step is traced.

        Args:
            row: float32 scalars, as many as the ring is wide.
        """
        # The plain operation, since only it takes one row and leaves the others where they are.
        with tf.device(self._rows.device):
            tf.raw_ops.ResourceScatterUpdate(
                resource=self._rows.handle,
                indices=self._count.assign_add(1) % self.size,
                updates=tf.stack(row),
            )

    def read(self, first: int, last: int) -> npt.NDArray[np.float32]:
        """Rows by number, the first ever being 1, as float32 of shape (rows, width).

        Another row may be written meanwhile, in another thread, as long as it is not `size` or
        more after `first`.
        """
        # The plain operation, at half the cost: it counts beside a training that takes all cores.
        read = tf.raw_ops.ReadVariableOp(resource=self._rows.handle, dtype=tf.float32)
        rows: npt.NDArray[np.float32] = read.__array__()
        return rows.take(np.arange(first, last + 1), 0, mode="wrap")
