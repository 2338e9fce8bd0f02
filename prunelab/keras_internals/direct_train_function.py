"""A training function without what Keras wraps around the logs of each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from prunelab.keras_internals.versions import train_function_was_read

__all__ = ["direct_train_function"]

Function = Callable[[Any], Any]


def direct_train_function(model: Any) -> Function:
    """A model's training function that returns what a step returns, as it is.

    Keras 3 wraps it in a `tf.experimental.Optional` and unwraps it, so that an execution of several
    steps can say that there was none. A single step always returns something, and the wrapping
    takes a fifth of a small model's step.

    Args:
        model: A compiled model whose `make_train_function` has just been called.

    Returns:
        A function that computes the same. Keras's own where that may do more: with several steps
        an execution, several replicas or eager steps, for a model that makes its own, and with a
        Keras whose function was not read.

    Source: `TensorFlowTrainer._make_function` of Keras 3.10 to 3.15.
    """
    own: Function = model.train_function
    if (
        model.run_eagerly
        or model.steps_per_execution != 1
        or model.distribute_strategy.num_replicas_in_sync != 1
        or not train_function_was_read()
        or not _is_as_keras_makes_it(model)
    ):
        return own

    step = model.train_step

    def one_step(data: Any) -> Any:
        return model.distribute_strategy.run(step, args=(data,))

    compiled = tf.function(
        one_step, autograph=False, reduce_retracing=True, jit_compile=model.jit_compile
    )

    def next_step(iterator: Any) -> Any:
        logs = compiled(tf.nest.map_structure(_none_for_optional, iterator.get_next()))
        # What a list, a number, None or an empty dict becomes, the wrapping decides. This is
        # Python, and so runs only while the step is traced.
        is_plain = isinstance(logs, dict) and logs and all(map(tf.is_tensor, logs.values()))
        return logs if is_plain else tf.experimental.Optional.from_value(logs).get_value()

    compiled_next_step = tf.function(next_step, autograph=False, reduce_retracing=True)

    def function(iterator: Any) -> Any:
        # `train_on_batch` of a callback passes a generator, a strategy an iterator of its own.
        is_of_fit = isinstance(iterator, tf.data.Iterator)
        return compiled_next_step(iterator) if is_of_fit else own(iterator)

    return function


def _is_as_keras_makes_it(model: Any) -> bool:
    names = ("make_train_function", "_make_function")
    return all(
        name not in vars(model) and getattr(type(model), name).__module__.startswith("keras.")
        for name in names
    )


def _none_for_optional(part: Any) -> Any:
    # A step gets None for what the data leave out, such as weights of the samples.
    return None if isinstance(part, tf.experimental.Optional) else part
