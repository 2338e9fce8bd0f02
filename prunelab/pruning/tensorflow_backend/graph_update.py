"""`TensorFlowGraphUpdate`: masks chosen from within a graph of several steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from prunelab.pruning.masks.mask import Mask
from prunelab.pruning.tensorflow_backend.masked_variable import TensorFlowVariable

__all__ = ["TensorFlowGraphUpdate"]


class TensorFlowGraphUpdate:
    """Mask updates that a graph calls out for, and their errors.

    Of an error TensorFlow passes on a text alone, so it is kept here.
    """

    def __init__(self) -> None:
        self._error: Exception | None = None

    def trace(
        self,
        data: Any,
        variables: Sequence[TensorFlowVariable],
        count: Callable[[], bool],
        choose: Callable[[list[npt.NDArray[Any]]], list[Mask]],
    ) -> None:
        """Traces an update before a training step.

        The very same NumPy selection is called out of the graph, with the weights as they are at
        that step: what it is handed and hands back puts it between the steps before and after.

        Args:
            data: The batch, which must be there before anything is counted.
            variables: All weights under pruning.
            count: Counts one step; whether masks change at it.
            choose: Given the weights' values, chooses their masks.
        """
        with tf.control_dependencies(tf.nest.flatten(data, expand_composites=True)):
            is_due = tf.numpy_function(lambda: np.bool_(self._keep_error(count)), [], tf.bool)
        is_due.set_shape(())

        def update() -> Any:
            values = [variable.kernel.value for variable in variables]
            types = [tf.bool] * len(variables)
            masks = tf.numpy_function(
                lambda *arrays: self._keep_error(choose, list(arrays)), values, types
            )
            for variable, mask in zip(variables, masks, strict=True):
                mask.set_shape(variable.shape)
                variable.set_mask_in_step(mask)
            return tf.constant(True)

        tf.cond(is_due, update, lambda: tf.constant(False))

    def call(self, function: Callable[[Any], Any], iterator: Any) -> Any:
        """Calls a compiled training function; raises an error of `choose` as it was."""
        self._error = None
        try:
            return function(iterator)
        except Exception:
            if self._error is None:
                raise
            error = self._error
        raise error

    def _keep_error(self, work: Callable[..., Any], *args: Any) -> Any:
        try:
            return work(*args)
        except Exception as error:
            self._error = error
            raise
