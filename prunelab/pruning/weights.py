"""`PrunedWeight`: one weight under pruning, and how its mask is read, chosen and applied."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from prunelab.pruning.selection import Selector, keep_count

__all__ = ["PrunedWeight"]


class PrunedWeight:
    """One weight under pruning.

    Args:
        kernel: The `keras.Variable`.

    Attributes:
        path: The variable's path in the model, such as `sequential/dense/kernel`.
        kernel: The variable itself.
        mask: Its mask, a TensorFlow variable of booleans of the kernel's shape; True is kept.
        size: Number of weights in it.
        threshold: Magnitude below which weights were dropped at the last update; 0 before it.
        sparsity: Fraction of the mask that is False.
    """

    def __init__(self, kernel: Any) -> None:
        self.path: str = kernel.path
        self.kernel = kernel
        self.mask = tf.Variable(tf.ones(kernel.shape, tf.bool), trainable=False, name="mask")
        self.size = int(np.prod(kernel.shape))
        self.threshold = 0.0
        self.sparsity = 0.0
        variable = kernel.value
        self._handle, self._type, self._mask_handle = (
            variable.handle,
            variable.dtype,
            self.mask.handle,
        )

    def update(self, density: np.float32, selector: Selector) -> None:
        """Chooses the mask anew, from the weights as they are.

        Args:
            density: Share of the weights to keep, float32.
            selector: What selects.
        """
        # The plain operations: a variable's own methods take three times as long to get to them,
        # and a small model would notice. Nothing is copied; nothing writes to the weights yet.
        values = np.asarray(tf.raw_ops.ReadVariableOp(resource=self._handle, dtype=self._type))
        mask, self.threshold = selector.select(values, keep_count(self.size, density))
        tf.raw_ops.AssignVariableOp(resource=self._mask_handle, value=mask)
        self.sparsity = 1.0 - np.count_nonzero(mask) / self.size

    def apply(self) -> None:
        """Sets every dropped weight to zero; also while a step is traced."""
        value = self.kernel.value
        self.kernel.assign(tf.where(self.mask, value, tf.zeros((), value.dtype)))

    def kept(self) -> npt.NDArray[np.bool_]:
        """The mask as an array: bool, of the kernel's shape."""
        kept: npt.NDArray[np.bool_] = self.mask.numpy()
        return kept
