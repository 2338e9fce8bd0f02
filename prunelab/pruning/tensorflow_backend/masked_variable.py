"""`MaskVariable`: the mask of one weight, as TensorFlow and NumPy have it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from prunelab.keras_internals.outside_strategy import outside_strategy
from prunelab.keras_internals.shared_memory import shared_with

__all__ = ["Bools", "MaskVariable"]

Bools = npt.NDArray[np.bool_]

# Below it, getting to TensorFlow takes longer than what it then does with the weights.
_SMALL = 100_000

# A mask as floats takes 4 bytes a weight for a moment; from here on they are saved.
_LARGE = 1_000_000


class MaskVariable:
    """The mask of one weight, all kept at first.

    Args:
        shape: The weight's shape.
        dtype: And its type.

    Attributes:
        is_small: Whether the weight is a small one.
        shared: The memory, bool, that TensorFlow reads it from, where it is shared (see `share`).
    """

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self._variable = outside_strategy(
            lambda: tf.Variable(tf.ones(shape, tf.bool), trainable=False, name="mask")
        )
        self._handle = self._variable.handle
        # To make one at every use would take a quarter of that use.
        self._zero = tf.zeros((), dtype)
        size = int(np.prod(shape))
        self.is_small = size < _SMALL
        self._is_large = size >= _LARGE
        self.shared: Bools | None = None

    def array(self) -> Bools:
        """A copy: bool, of the weight's shape; True is kept."""
        kept: Bools = self._variable.numpy() if self.shared is None else self.shared.copy()
        return kept

    def share(self) -> None:
        """Has masks that are put in place from now on written where TensorFlow reads them.

        A call into TensorFlow that passes them is a quarter of what an update costs a small model,
        and a copy of them a fifth of what it costs a large one.
        """
        if self.shared is None:
            self.shared = shared_with(self._variable)

    def put(self, mask: Bools) -> None:
        """Puts a mask in place. Nothing else may write to this array afterwards."""
        if self.shared is None:
            # The plain operation: the variable's own method takes three times as long to get to
            # it. TensorFlow may keep this very array.
            tf.raw_ops.AssignVariableOp(resource=self._handle, value=mask)
        elif mask is not self.shared:
            self.shared[...] = mask

    def assign(self, mask: Any) -> None:
        """Puts a mask in place, given as a tensor while a step is traced."""
        # TensorFlow will put memory of its own in place of what is shared.
        self.shared = None
        self._variable.assign(mask)

    def on(self, value: Any) -> Any:
        """A tensor with every dropped weight 0; also while a step is traced."""
        kept = tf.raw_ops.ReadVariableOp(resource=self._handle, dtype=tf.bool)
        return tf.raw_ops.SelectV2(condition=kept, t=value, e=self._zero)

    def times(self, value: Any) -> Any:
        """A tensor with every dropped weight 0 or -0.0, at the least cost, in a traced step.

        What is NaN stays so in all but a large weight, as in the reference.
        """
        # A third of what choosing costs small weights, and three quarters where there are more.
        return self.on(value) if self._is_large else value * tf.cast(self._variable, value.dtype)
