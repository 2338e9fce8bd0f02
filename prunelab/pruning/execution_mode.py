"""How masks get into a training step, by what kind of training it is."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from prunelab.errors import UsageError
from prunelab.keras_internals.fit_guard import in_fit_of
from prunelab.pruning.pruned_weights import PrunedWeights

__all__ = ["ExecutionMode", "GraphErrors", "choose_in_graph", "execution_mode_of"]


class ExecutionMode(Enum):
    """Where masks are chosen, and where they are applied."""

    STEP = "chosen between batches, applied in the compiled step: the fastest"
    GRAPH = "chosen and applied in the graph, where no callback is called between steps"
    HOST = "chosen and applied between batches, where a replica may not write to what all share"
    LOOP = "the same in a loop of the user's own, and applied whenever the model is called"


def execution_mode_of(model: Any) -> ExecutionMode:
    """The way for a model in training.

    Raises:
        UsageError: where no way is exact.
    """
    if not in_fit_of(model):
        return ExecutionMode.LOOP
    many = model.steps_per_execution > 1
    replicas = model.distribute_strategy.num_replicas_in_sync
    if many and replicas > 1:
        raise UsageError(
            f"steps_per_execution={model.steps_per_execution} on {replicas} replicas leaves no "
            "place to choose masks: compile the model with steps_per_execution=1"
        )
    if many and model.jit_compile:
        raise UsageError(
            f"steps_per_execution={model.steps_per_execution} with jit_compile=True leaves no "
            "place to choose masks: compile the model with jit_compile=False or "
            "steps_per_execution=1"
        )
    if replicas > 1:
        return ExecutionMode.HOST
    return ExecutionMode.GRAPH if many else ExecutionMode.STEP


def choose_in_graph(
    data: Any,
    weights: PrunedWeights,
    count: Callable[[], bool],
    choose: Callable[[list[npt.NDArray[Any]]], list[npt.NDArray[np.bool_]]],
) -> None:
    """Traces the choice of masks before a training step.

    The very same NumPy selection is called out of the graph, with the weights as they are at that
    step: what it is handed and hands back puts it between the steps before and after.

    Args:
        data: The batch, which must be there before anything is counted.
        weights: All weights under pruning.
        count: Counts one step; whether masks change at it.
        choose: Given the weights' values, chooses their masks.
    """
    with tf.control_dependencies(tf.nest.flatten(data, expand_composites=True)):
        due = tf.numpy_function(lambda: np.bool_(count()), [], tf.bool)
    due.set_shape(())

    def anew() -> Any:
        values = [weight.kernel.value for weight in weights]
        types = [tf.bool] * len(weights)
        masks = tf.numpy_function(lambda *arrays: choose(list(arrays)), values, types)
        for weight, mask in zip(weights, masks, strict=True):
            mask.set_shape(weight.shape)
        weights.assign(masks)
        return tf.constant(True)

    tf.cond(due, anew, lambda: tf.constant(False))


class GraphErrors:
    """Errors of the work that a graph calls out for, of which TensorFlow only passes on a text."""

    def __init__(self) -> None:
        self._error: Exception | None = None

    def keep(self, work: Callable[..., Any], *args: Any) -> Any:
        """Does a piece of that work."""
        try:
            return work(*args)
        except Exception as error:
            self._error = error
            raise

    def call(self, function: Callable[[Any], Any], iterator: Any) -> Any:
        """Calls a compiled training function; raises an error of the work as it was."""
        self._error = None
        try:
            return function(iterator)
        except Exception:
            if self._error is None:
                raise
            error = self._error
        raise error
