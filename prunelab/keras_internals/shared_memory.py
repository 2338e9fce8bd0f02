"""Memory that NumPy writes and a TensorFlow variable reads."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

__all__ = ["shared_with"]

# TensorFlow uses an array's memory without a copy where its address is a multiple of this.
_ALIGNED = 64


def shared_with(variable: Any) -> npt.NDArray[Any] | None:
    """Moves a variable's values to memory that NumPy may write to while no graph runs.

    Args:
        variable: A `tf.Variable`. It leaves that memory again when something is assigned to it.

    Returns:
        Its values, as an array that writes to them; None where TensorFlow copied them, as to
        another device, or where it may go on computing after a call has returned.
    """
    if not tf.config.experimental.get_synchronous_execution():
        return None
    values = variable.numpy()
    memory = np.empty(values.nbytes + _ALIGNED, np.uint8)
    start = -memory.ctypes.data % _ALIGNED
    shared = memory[start : start + values.nbytes].view(values.dtype).reshape(values.shape)
    shared[...] = values
    tf.raw_ops.AssignVariableOp(resource=variable.handle, value=shared)
    read = tf.raw_ops.ReadVariableOp(resource=variable.handle, dtype=variable.dtype)
    held = read.__array__()
    return shared if held.ctypes.data == shared.ctypes.data else None
