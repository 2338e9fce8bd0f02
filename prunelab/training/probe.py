"""The true values of every batch, taken inside the compiled training step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from prunelab.pruning import prunable_kernels
from prunelab.pruning.train_step import Around, Layer, TrainStep, unwrap, wrap
from prunelab.training.ring import Ring
from prunelab.training.zeros import PART, count_zeros

__all__ = ["Batches", "Probe"]


class Batches(NamedTuple):
    """What some batches came to, one value for each.

    Attributes:
        losses: Their own losses, regularisation included; None where one is not a number, or the
            model's own step computes none.
        accuracies: Shares of their samples that were right; None without such a metric.
        sparsities: Fractions of the prunable weights that were exactly zero as each was computed;
            None where the model has no such weights.
    """

    losses: list[float | None]
    accuracies: list[float | None]
    sparsities: list[float | None]


class Probe:
    """Takes loss, accuracy and zeros of every batch of a model in training.

    Keras reports running means over the epoch. The loss is taken where the step computes it, and
    the accuracy is what the batch added to the metric's sums, which are whole numbers. The graph
    leaves them in a ring.

    Args:
        model: A built and compiled Keras model, in `fit`.

    Attributes:
        room: Batches that it remembers.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._kernels = prunable_kernels(model)
        self._size = sum(int(np.prod(kernel.shape)) for kernel in self._kernels)
        self._ring = Ring(7)
        self.room = self._ring.size
        wrap(model, Layer.RECORD, Around(self._probed))

    @property
    def trained(self) -> int:
        """Batches that were trained so far, to be asked for while none is."""
        return self._ring.count

    def read(self, first: int, last: int) -> Batches:
        """The values of some batches, counted from 1; each must be trained and remembered."""
        rows = self._ring.read(first, last).astype(np.float64)
        loss, right, seen, right_before, seen_before, zeros, more = rows.T
        with np.errstate(divide="ignore", invalid="ignore"):
            accuracy = (right - right_before) / (seen - seen_before)
            sparsity = (zeros + PART * more) / self._size
        return Batches(_numbers(loss), _numbers(accuracy), _numbers(sparsity))

    def close(self) -> None:
        """Takes the probe out of the model again."""
        unwrap(self._model, Layer.RECORD)

    def _probed(self, step: TrainStep) -> TrainStep:
        model = self._model

        def probed_train_step(data: Any) -> Any:
            zeros = count_zeros(self._kernels)
            loss = tf.constant(math.nan)
            before = after = (tf.constant(0.0), tf.constant(0.0))

            def compute_loss(compute: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
                nonlocal loss
                result = compute(*args, **kwargs)
                loss = tf.cast(result, tf.float32)
                return result

            def compute_metrics(
                compute: Callable[..., Any], x: Any, y: Any, y_pred: Any, *args: Any, **kwargs: Any
            ) -> Any:
                nonlocal before, after
                metric = _accuracy_of(model, y, y_pred)
                # Both, since an evaluation between two batches leaves sums of its own.
                before = _sums(metric)
                logs = compute(x, y, y_pred, *args, **kwargs)
                after = _sums(metric)
                return logs

            with (
                _instead(model, "compute_loss", compute_loss),
                _instead(model, "compute_metrics", compute_metrics),
            ):
                logs = step(data)
            # A batch that never came, or that failed, leaves no row.
            with tf.control_dependencies(_tensors((data, logs))):
                self._ring.write([loss, *after, *before, *zeros])
            return logs

        return probed_train_step


def _tensors(values: Any) -> list[Any]:
    return [one for one in tf.nest.flatten(values, expand_composites=True) if tf.is_tensor(one)]


def _numbers(values: npt.NDArray[np.float64]) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]


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
