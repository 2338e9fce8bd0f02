"""`PrunedWeight`: one weight under pruning, and how its mask is read, chosen and applied."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from prunelab.pruning.selection import Selector, keep_count
from prunelab.pruning.turns import Turns
from prunelab.schedules import PruningSchedule

__all__ = ["PrunedWeight"]


class PrunedWeight:
    """One weight under pruning.

    Args:
        kernel: The `keras.Variable`.
        turns: When its mask changes.

    Attributes:
        path: The variable's path in the model, such as `sequential/dense/kernel`.
        kernel: The variable itself.
        turns: When its mask changes.
        mask: Its mask, a TensorFlow variable of booleans of the kernel's shape; True is kept.
        size: Number of weights in it.
        threshold: Magnitude below which weights were dropped at the last update; 0 before it.
        sparsity: Fraction of the mask that is False.
    """

    def __init__(self, kernel: Any, turns: Turns) -> None:
        self.path: str = kernel.path
        self.kernel = kernel
        self.turns = turns
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

    @property
    def schedule(self) -> PruningSchedule:
        """The schedule it is pruned by."""
        return self.turns.schedule

    def values(self) -> npt.NDArray[Any]:
        """The weights as they are: not a copy, and not to be written to."""
        # The plain operations: a variable's own methods take three times as long to get to them,
        # and a small model would notice. Nothing is copied; nothing writes to the weights yet.
        return np.asarray(tf.raw_ops.ReadVariableOp(resource=self._handle, dtype=self._type))

    def choose(
        self, values: npt.NDArray[Any], density: np.float32, selector: Selector
    ) -> tuple[npt.NDArray[np.bool_], float]:
        """Chooses a mask, which `put` then puts in place, and its threshold.

        Args:
            values: What the weights are, of the kernel's shape.
            density: Share of the weights to keep, float32.
            selector: What selects.
        """
        return selector.select(values, keep_count(self.size, density))

    def put(self, mask: npt.NDArray[np.bool_], threshold: float) -> None:
        """Puts a mask in place; the weights themselves change at the next `apply`."""
        tf.raw_ops.AssignVariableOp(resource=self._mask_handle, value=mask)
        self.note(mask, threshold)

    def adopt(self, mask: npt.NDArray[np.bool_], threshold: float) -> None:
        """Takes a mask from elsewhere (bool, of the kernel's shape), and its threshold."""
        self.mask.assign(mask)
        self.note(mask, threshold)

    def note(self, mask: npt.NDArray[np.bool_], threshold: float) -> None:
        """Keeps what is to be told of a mask that was put in place."""
        self.threshold = threshold
        self.sparsity = 1.0 - np.count_nonzero(mask) / self.size

    def apply(self) -> None:
        """Sets every dropped weight to zero; also while a step is traced."""
        value = self.kernel.value
        self.kernel.assign(tf.where(self.mask, value, tf.zeros((), value.dtype)))

    def kept(self) -> npt.NDArray[np.bool_]:
        """The mask as an array: bool, of the kernel's shape."""
        kept: npt.NDArray[np.bool_] = self.mask.numpy()
        return kept
