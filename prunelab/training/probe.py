"""The true values of one batch, taken inside the compiled training step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from prunelab.pruning import prunable_kernels
from prunelab.pruning.train_step import Around, Layer, TrainStep, unwrap, wrap

__all__ = ["BatchValues", "Probe"]


class BatchValues(NamedTuple):
    """What one batch came to.

    Attributes:
        loss: Its own loss, regularisation included; None where it is not a number, or the model's
            own step computes none.
        accuracy: Share of its samples that were right; None without such a metric.
        sparsity: Fraction of the prunable weights that were exactly zero as it was computed; None
            where the model has no such weights.
    """

    loss: float | None
    accuracy: float | None
    sparsity: float | None


class Probe:
    """Reads loss, accuracy and zeros of every batch of a model in training.

    Keras reports running means over the epoch. The loss is taken where the step computes it, and
    the accuracy is what the batch added to the metric's sums, which are whole numbers.

    Args:
        model: A built and compiled Keras model, in `fit`.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._kernels = prunable_kernels(model)
        self._size = sum(int(np.prod(kernel.shape)) for kernel in self._kernels)
        self._values = tf.Variable(tf.zeros(3), trainable=False, name="batch_values")
        wrap(model, Layer.RECORD, Around(self._probed))

    def read(self) -> BatchValues:
        """The values of the batch that was trained last."""
        loss, accuracy, zeros = (float(value) for value in self._values.numpy())
        return BatchValues(
            None if math.isnan(loss) else loss,
            None if math.isnan(accuracy) else accuracy,
            zeros / self._size if self._size else None,
        )

    def close(self) -> None:
        """Takes the probe out of the model again."""
        unwrap(self._model, Layer.RECORD)

    def _probed(self, step: TrainStep) -> TrainStep:
        model = self._model

        def probed_train_step(data: Any) -> Any:
            zeros = sum((_zeros(kernel.value) for kernel in self._kernels), tf.constant(0.0))
            loss = accuracy = tf.constant(math.nan)

            def compute_loss(compute: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
                nonlocal loss
                result = compute(*args, **kwargs)
                loss = tf.cast(result, tf.float32)
                return result

            def compute_metrics(
                compute: Callable[..., Any], x: Any, y: Any, y_pred: Any, *args: Any, **kwargs: Any
            ) -> Any:
                nonlocal accuracy
                metric = _accuracy_of(model, y, y_pred)
                before = _sums(metric)
                logs = compute(x, y, y_pred, *args, **kwargs)
                right, seen = (now - then for now, then in zip(_sums(metric), before, strict=True))
                accuracy = right / seen
                return logs

            with (
                _instead(model, "compute_loss", compute_loss),
                _instead(model, "compute_metrics", compute_metrics),
            ):
                logs = step(data)
            self._values.assign(tf.stack([loss, accuracy, zeros]))
            return logs

        return probed_train_step


def _zeros(values: Any) -> Any:
    return tf.size(values, tf.float32) - tf.math.count_nonzero(values, dtype=tf.float32)


def _accuracy_of(model: Any, y: Any, y_pred: Any) -> Any | None:
    """The first metric of the model that averages an accuracy."""
    for metric in model.metrics:
        if hasattr(metric, "metrics") and not metric.built:
            # What Keras itself would do a moment later: its sums must be there to be read.
            metric.build(y, y_pred)
        for one in getattr(metric, "metrics", [metric]):
            if "acc" in one.name and isinstance(one, keras.metrics.Mean):
                return one
    return None


def _sums(metric: Any | None) -> tuple[Any, Any]:
    """What a metric has summed up in this epoch: samples that were right, and all."""
    if metric is None:
        return tf.constant(0.0), tf.constant(0.0)
    return tf.identity(metric.total.value), tf.identity(metric.count.value)


@contextmanager
def _instead(model: Any, name: str, work: Callable[..., Any]) -> Iterator[None]:
    """While the step is traced, calls `work(method, ...)` where it calls the model's method."""
    own, method = vars(model).get(name), getattr(model, name)
    object.__setattr__(model, name, lambda *args, **kwargs: work(method, *args, **kwargs))
    try:
        yield
    finally:
        vars(model).pop(name)
        if own is not None:
            object.__setattr__(model, name, own)
