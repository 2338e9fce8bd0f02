"""`direct`: a training function without what Keras puts around each step's answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

__all__ = ["direct"]

Function = Callable[[Any], Any]


def direct(model: Any) -> Function:
    """A model's training function that hands on what a step returns, as it is.

    Keras 3 puts it into a `tf.experimental.Optional` and takes it out again, so that an execution
    of several steps can say that there was none. One step alone always returns something, and a
    fifth of a small model's step is spent on it.

    Args:
        model: A compiled model whose `make_train_function` has just been called.

    Returns:
        A function that computes the same; Keras's own where that may be another one: several steps
        an execution, several replicas, steps that run eagerly, a model that makes its own.

    Source: `TensorFlowTrainer._make_function` of Keras 3.10 to 3.15.
    """
    own: Function = model.train_function
    if (
        model.run_eagerly
        or model.steps_per_execution != 1
        or model.distribute_strategy.num_replicas_in_sync != 1
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
        told = compiled(tf.nest.map_structure(_none_for_optional, iterator.get_next()))
        # What becomes of a list, of None or of nothing is Keras's to say; asked while it is traced.
        is_plain = isinstance(told, dict) and told and all(map(tf.is_tensor, told.values()))
        return told if is_plain else tf.experimental.Optional.from_value(told).get_value()

    called = tf.function(next_step, autograph=False, reduce_retracing=True)

    def function(iterator: Any) -> Any:
        # A callback's `train_on_batch` passes a generator, strategies iterators of their own.
        return called(iterator) if isinstance(iterator, tf.data.Iterator) else own(iterator)

    return function


def _is_as_keras_makes_it(model: Any) -> bool:
    names = ("make_train_function", "_make_function")
    return all(
        name not in vars(model) and getattr(type(model), name).__module__.startswith("keras.")
        for name in names
    )


def _none_for_optional(part: Any) -> Any:
    # What a data set leaves out is None to a step.
    return None if isinstance(part, tf.experimental.Optional) else part
