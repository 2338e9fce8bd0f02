"""`TensorFlowVariable`: one weight and its mask, as TensorFlow holds them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from prunelab.keras_internals.outside_strategy import outside_strategy
from prunelab.keras_internals.shared_memory import shared_with
from prunelab.pruning.masks.mask import Mask

__all__ = ["TensorFlowSwitch", "TensorFlowVariable"]

# Below it, getting to TensorFlow takes longer than what it then does with the weights.
_SMALL = 100_000

# A mask as floats takes 4 bytes a weight for a moment; from here on they are saved.
_LARGE = 1_000_000


class TensorFlowSwitch:
    """A flag that graphs read."""

    def __init__(self) -> None:
        self.variable = outside_strategy(
            lambda: tf.Variable(False, trainable=False, name="holding")
        )

    def set(self, on: bool) -> None:
        """Turns it on or off."""
        self.variable.assign(on)


class TensorFlowVariable:
    """One weight and its mask, which is full at first.

    It calls plain operations where a variable has methods: to get to those takes three times as
    long, which is much within the step budget (`docs/performance.md`).

    Args:
        kernel: The `keras.Variable`.

    Attributes:
        handle: The weight's resource; of several replicas the first one's, for all hold the same.
        dtype: Its type.
        shape: Its shape.
        kernel: The `keras.Variable`.
        shared_mask: The memory, bool, that TensorFlow reads the mask from, where it is shared.
    """

    def __init__(self, kernel: Any) -> None:
        value = kernel.value
        self._is_replicated = isinstance(value, tf.distribute.DistributedValues)
        first = value.values[0] if self._is_replicated else value
        self.kernel, self.handle, self.dtype = kernel, first.handle, first.dtype
        self.shape: tuple[int, ...] = tuple(kernel.shape)
        self.shared_mask: Mask | None = None
        self._mask = outside_strategy(
            lambda: tf.Variable(tf.ones(self.shape, tf.bool), trainable=False, name="mask")
        )
        self._mask_handle = self._mask.handle
        # To make one at every use would take a quarter of that use.
        self._zero = tf.zeros((), self.dtype)
        size = int(np.prod(self.shape))
        self._is_small, self._is_large = size < _SMALL, size >= _LARGE

    def values(self) -> npt.NDArray[Any]:
        """The weight as it is: not a copy, and not to be written to."""
        # Nothing is copied; nothing writes to the weights yet.
        values: npt.NDArray[Any] = self._read().__array__()
        return values

    def write(self, values: Any) -> None:
        """Sets the weight, now.

        Args:
            values: Of its shape and type: a tensor, or an array that nothing else may write to.
        """
        if self._is_replicated:
            self.kernel.value.assign(values)
        else:
            tf.raw_ops.AssignVariableOp(resource=self.handle, value=values)

    def mask(self) -> Mask:
        """A copy of the mask: bool, of the weight's shape; True is kept."""
        mask: Mask = self._mask.numpy() if self.shared_mask is None else self.shared_mask.copy()
        return mask

    def share_mask(self) -> None:
        """Has masks that are set from now on written where TensorFlow reads them.

        A call into TensorFlow that passes them is a quarter of what a small update costs,
        and a copy of them a fifth of what it costs a large one.
        """
        if self.shared_mask is None:
            self.shared_mask = shared_with(self._mask)

    def set_mask(self, mask: Mask) -> None:
        """Sets the mask, between steps. Nothing else may write to this array afterwards."""
        if self.shared_mask is None:
            # TensorFlow may keep this very array.
            tf.raw_ops.AssignVariableOp(resource=self._mask_handle, value=mask)
        elif mask is not self.shared_mask:
            self.shared_mask[...] = mask

    def set_mask_in_step(self, mask: Any) -> None:
        """Sets the mask, given as a tensor while a step is traced."""
        # TensorFlow will put memory of its own in place of what is shared.
        self.shared_mask = None
        self._mask.assign(mask)

    def apply_mask(self) -> None:
        """Sets every dropped weight to zero, now."""
        if not self._is_small:
            self.write(self._masked(self._read()))
            return
        # NumPy takes a third of the time that TensorFlow does.
        values, mask = self.values(), self.mask()
        if values[~mask].any():
            self.write(np.where(mask, values, values.dtype.type(0)))

    def apply_mask_in_step(self) -> None:
        """Makes dropped weights 0 or -0.0 in a step that is traced, at the least cost.

        What is NaN stays so in all but a large weight, as in the reference.
        """
        value = self.kernel.value
        # A product takes a third of what a choice does of small weights, and three quarters where
        # there are more.
        masked = self._masked(value) if self._is_large else value * tf.cast(self._mask, value.dtype)
        self.kernel.assign(masked)

    def apply_mask_while(self, switch: TensorFlowSwitch) -> None:
        """Has a graph that is traced now set dropped weights to zero while a switch is on."""
        value = self.kernel.value
        self.kernel.assign(tf.where(switch.variable, self._masked(value), value))

    def _read(self) -> Any:
        return tf.raw_ops.ReadVariableOp(resource=self.handle, dtype=self.dtype)

    def _masked(self, value: Any) -> Any:
        """A tensor with every dropped weight 0; also while a step is traced."""
        mask = tf.raw_ops.ReadVariableOp(resource=self._mask_handle, dtype=tf.bool)
        return tf.raw_ops.SelectV2(condition=mask, t=value, e=self._zero)
