"""How many weights are exactly zero, counted while a training step is traced."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

__all__ = ["PART", "count_zeros"]

# Up to here float32 holds every whole number.
PART = 2**24


def count_zeros(kernels: list[Any]) -> tuple[Any, Any]:
    """Counts exact zeros.

    Args:
        kernels: The weights, as `keras.Variable`.

    Returns:
        Two float32 scalars that hold the count exactly: it is the first and `PART` times the
        second.
    """
    values = [tf.convert_to_tensor(kernel.value) for kernel in kernels]
    if not values:
        return tf.constant(0.0), tf.constant(0.0)
    # Twice as quick as `count_nonzero`. Each by itself: putting small kernels together would take
    # longer than all that is done with them.
    if sum(int(np.prod(kernel.shape)) for kernel in kernels) <= PART:
        counts = [tf.reduce_sum(tf.cast(tf.equal(value, 0), tf.float32)) for value in values]
        return tf.add_n(counts), tf.constant(0.0)
    # Exact for every kernel below 2**31 weights.
    counts = [tf.reduce_sum(tf.cast(tf.equal(value, 0), tf.int32)) for value in values]
    zeros = tf.add_n([tf.cast(count, tf.int64) for count in counts])
    return tf.cast(zeros % PART, tf.float32), tf.cast(zeros // PART, tf.float32)
