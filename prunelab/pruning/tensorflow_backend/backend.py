"""`TensorFlowBackend`: pruning where Keras runs on TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any

import numpy.typing as npt
import tensorflow as tf

from prunelab.errors import UsageError
from prunelab.keras_internals.train_step import WrappedStep
from prunelab.pruning.execution_mode import ExecutionMode
from prunelab.pruning.tensorflow_backend.graph_update import TensorFlowGraphUpdate
from prunelab.pruning.tensorflow_backend.masked_variable import (
    TensorFlowSwitch,
    TensorFlowVariable,
)

__all__ = ["TensorFlowBackend"]


class TensorFlowBackend:
    """TensorFlow's answer to `prunelab.pruning.backend.Backend`, which says what each part does."""

    end_of_data: tuple[type[Exception], ...] = (StopIteration, tf.errors.OutOfRangeError)

    def variable(self, kernel: Any) -> TensorFlowVariable:
        """What holds a `keras.Variable` under pruning and its mask."""
        return TensorFlowVariable(kernel)

    def values(self, variables: Sequence[TensorFlowVariable]) -> list[npt.NDArray[Any]]:
        """What weights are, all at once: not copies, and not to be written to."""
        # One kind of work after the other: in turn, each would have to be fetched into the
        # processor's caches again.
        read = tf.raw_ops.ReadVariableOp
        tensors = [read(resource=one.handle, dtype=one.dtype) for one in variables]
        return [tensor.__array__() for tensor in tensors]

    def apply_in_call(
        self, variables: Sequence[TensorFlowVariable], switch: TensorFlowSwitch
    ) -> None:
        """Sets dropped weights to zero as a model is called in a loop of the user's own."""
        if tf.distribute.has_strategy() and not tf.distribute.in_cross_replica_context():
            # A replica may not write to what all share: `on_train_batch_begin` has masked it.
            return
        for variable in variables:
            if tf.executing_eagerly():
                variable.apply_mask()
            else:
                variable.apply_mask_while(switch)

    def mode_in_fit(self, model: Any) -> ExecutionMode:
        """Where masks are chosen and applied in `fit` of a compiled model."""
        many = model.steps_per_execution > 1
        replicas = model.distribute_strategy.num_replicas_in_sync
        if many and replicas > 1:
            raise UsageError(
                f"steps_per_execution={model.steps_per_execution} on {replicas} replicas leaves "
                "no place to choose masks: compile the model with steps_per_execution=1"
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

    def wrapped_step(self, model: Any) -> WrappedStep:
        """The training step of a compiled model: the one that is wrapped already, or a new one."""
        return WrappedStep.of(model)

    def graph_update(self) -> TensorFlowGraphUpdate:
        """Mask updates for `ExecutionMode.GRAPH`."""
        return TensorFlowGraphUpdate()

    def switch(self) -> TensorFlowSwitch:
        """A flag that a traced step reads."""
        return TensorFlowSwitch()

    def is_tracing(self) -> bool:
        """Whether what is computed now is traced, and not run."""
        return not tf.executing_eagerly()

    def outside_trace(self) -> AbstractContextManager[Any]:
        """A context in which, while a step is traced, computation runs at once."""
        context: AbstractContextManager[Any] = tf.init_scope()
        return context

    def build_by_tracing(self, step: Callable[[Any], Any], data: Any) -> bool:
        """Builds all layers that a training step builds, and trains nothing."""
        with suppress(Exception):
            tf.function(step, autograph=False).get_concrete_function(data)
            return True
        return False
