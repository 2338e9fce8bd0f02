"""Loss and accuracy of a training step, taken while it is traced."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from prunelab.keras_internals.method_patch import MethodPatch
from prunelab.training.accuracy import accuracy_of

__all__ = ["TracedValues", "Tracing"]


@dataclass
class TracedValues:
    """What one step computes: float32 scalars of its graph.

    Attributes:
        loss: The batch's own loss, regularisation included; None where the step computes none.
        before: Samples that were right in this epoch before the batch, and all; zeros without an
            accuracy.
        after: The same after the batch.
    """

    loss: Any
    before: tuple[Any, Any]
    after: tuple[Any, Any]


class Tracing:
    """Listens to a model's `compute_loss` and `compute_metrics` while its step is traced.

    The replicas of a model are traced in a thread each, all at the same time.

    Args:
        model: The model.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._patch = MethodPatch(model)
        self._traced: dict[int, TracedValues] = {}

    @contextmanager
    def listen(self) -> Iterator[TracedValues]:
        """While a step is traced: its values, which are there when this ends."""
        nothing = (tf.constant(0.0), tf.constant(0.0))
        values = TracedValues(None, nothing, nothing)
        if not self._traced:
            self._patch.replace("compute_loss", self._compute_loss)
            self._patch.replace("compute_metrics", self._compute_metrics)
        self._traced[threading.get_ident()] = values
        try:
            yield values
        finally:
            del self._traced[threading.get_ident()]
            if not self._traced:
                self._patch.restore()

    def _compute_loss(self, compute: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        loss = compute(*args, **kwargs)
        self._traced[threading.get_ident()].loss = tf.cast(loss, tf.float32)
        return loss

    def _compute_metrics(
        self, compute: Callable[..., Any], x: Any, y: Any, y_pred: Any, *args: Any, **kwargs: Any
    ) -> Any:
        values = self._traced[threading.get_ident()]
        _build(self._model, y, y_pred)
        metric = accuracy_of(self._model)
        # Both, since an evaluation between two batches leaves sums of its own.
        values.before = _sums(metric)
        logs = compute(x, y, y_pred, *args, **kwargs)
        values.after = _sums(metric)
        return logs


def _build(model: Any, y: Any, y_pred: Any) -> None:
    """What Keras itself would do a moment later: sums of metrics must be there to be read."""
    for metric in model.metrics:
        if hasattr(metric, "metrics") and not metric.built:
            metric.build(y, y_pred)


def _sums(metric: Any | None) -> tuple[Any, Any]:
    """What a metric has summed up in this epoch: samples that were right, and all."""
    if metric is None:
        return tf.constant(0.0), tf.constant(0.0)
    return tf.identity(metric.total.value), tf.identity(metric.count.value)
