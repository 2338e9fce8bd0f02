"""`MaskPage`: the masks of one large weight, or of many small ones, in one variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

__all__ = ["MaskPage", "pages"]

Mask = npt.NDArray[np.bool_]

# Below it, getting to TensorFlow takes longer than the copy that putting masks together costs.
_SMALL = 100_000


class MaskPage:
    """Masks of some weights, one after the other in one TensorFlow variable: a byte a weight.

    Args:
        shapes: The weights' shapes.
    """

    def __init__(self, shapes: Sequence[tuple[int, ...]]) -> None:
        self._shapes = list(shapes)
        self._sizes = [int(np.prod(shape)) for shape in shapes]
        self._starts = np.cumsum([0, *self._sizes]).tolist()
        self._all = tf.Variable(tf.ones(self._starts[-1], tf.bool), trainable=False, name="masks")
        self._handle = self._all.handle

    def mask(self, place: int) -> Mask:
        """The mask of one weight: bool, of the weight's shape; True is kept."""
        return self._cut(self._all.numpy(), place)

    def put(self, masks: Mapping[int, Mask]) -> None:
        """Puts masks in place of those of some weights, or of all in their order."""
        if len(masks) == len(self._shapes):
            parts = list(masks.values())
        else:
            every = self._all.numpy()
            parts = [
                masks.get(place, self._cut(every, place)) for place in range(len(self._shapes))
            ]
        flat = parts[0].reshape(-1) if len(parts) == 1 else np.concatenate(parts, axis=None)
        # The plain operation: the variable's own method takes three times as long to get to it.
        # TensorFlow may keep this very array, so nothing else may write to it.
        tf.raw_ops.AssignVariableOp(resource=self._handle, value=flat)

    def assign(self, masks: Sequence[Any]) -> None:
        """Puts the masks of all weights in place, given as tensors while a step is traced."""
        self._all.assign(tf.concat([tf.reshape(mask, [-1]) for mask in masks], 0))

    def tensors(self, dtype: Any = tf.bool) -> list[Any]:
        """The masks of all weights as tensors of their shapes; also while a step is traced.

        Args:
            dtype: Of the tensors; in a type of floats 1 is kept and 0 is not.
        """
        every = tf.cast(self._all, dtype)
        if len(self._shapes) == 1:
            return [tf.reshape(every, self._shapes[0])]
        parts = tf.split(every, self._sizes)
        return [tf.reshape(part, shape) for part, shape in zip(parts, self._shapes, strict=True)]

    @property
    def is_small(self) -> bool:
        """Whether its weights are small ones."""
        return max(self._sizes) < _SMALL

    def _cut(self, every: Mask, place: int) -> Mask:
        start, end = self._starts[place : place + 2]
        return every[start:end].reshape(self._shapes[place])


def pages(shapes: Sequence[tuple[int, ...]]) -> list[tuple[MaskPage, int]]:
    """For each of some shapes of weights, the page that holds its mask and its place there."""
    small = [shape for shape in shapes if np.prod(shape) < _SMALL]
    together = MaskPage(small) if small else None
    found: list[tuple[MaskPage, int]] = []
    taken = 0
    for shape in shapes:
        if together is not None and np.prod(shape) < _SMALL:
            found.append((together, taken))
            taken += 1
        else:
            found.append((MaskPage([shape]), 0))
    return found
