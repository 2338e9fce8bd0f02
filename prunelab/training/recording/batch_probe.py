"""The true values of every batch, taken inside the compiled training step."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from prunelab.keras_internals.step_wrapper import StepWrapper, TrainStep, WrapOrder
from prunelab.keras_internals.train_step import WrappedStep
from prunelab.pruning import prunable_kernels
from prunelab.training.recording.ring_buffer import RingBuffer
from prunelab.training.recording.traced_values import Tracing
from prunelab.training.recording.uncaught_errors import error_text
from prunelab.training.recording.zero_count import PART, count_zeros

__all__ = ["BatchProbe", "Batches"]


class Batches(NamedTuple):
    """What some batches came to, one value for each.

    Attributes:
        losses: Their own losses, regularisation included; None where one is not a number, or the
            model's own step computes none.
        accuracies: Shares of their samples that were right; None without such a metric.
        sparsities: Fractions of the prunable weights that were exactly zero as each was computed;
            None where the model has no such weights.
        odd: Place among them, and value, of the first loss that is no finite number; None where
            all are, or the model's own step computes none.
    """

    losses: list[float | None]
    accuracies: list[float | None]
    sparsities: list[float | None]
    odd: tuple[int, float] | None


class BatchProbe:
    """Takes loss, accuracy and zeros of every batch of a model in training.

    Keras reports running means over the epoch. The loss is taken where the step computes it, and
    the accuracy is what the batch added to the metric's sums, which are whole numbers. The graph
    leaves them in a ring.

    Args:
        model: A built and compiled Keras model, in `fit`.

    Attributes:
        room: Batches that it remembers.
        failure: The error that a step ended with, in a line; None where none did.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._size = _size(prunable_kernels(model))
        # One for each replica, which trains on a part of every batch.
        self._rings = [RingBuffer(8) for _ in range(model.distribute_strategy.num_replicas_in_sync)]
        self.room = self._rings[0].size
        self._tracing = Tracing(model)
        self._has_loss = False
        self.failure: str | None = None
        self._wrapper = StepWrapper(WrapOrder.RECORD, self._probed, call=self._noting)
        self._wrapped = WrappedStep.of(model)
        self._wrapped.attach(self._wrapper)

    @property
    def trained(self) -> int:
        """Batches that were trained so far, to be asked for while none is."""
        return self._rings[0].count

    def read(self, first: int, last: int) -> Batches:
        """The values of some batches, counted from 1; each must be trained and remembered."""
        rows = np.array([ring.read(first, last).T for ring in self._rings], np.float64)
        loss, samples, right, seen, right_before, seen_before, zeros, more = rows.swapaxes(0, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            accuracy = (right - right_before).sum(0) / (seen - seen_before).sum(0)
            sparsity = (zeros + PART * more)[0] / self._size
            losses = loss[0] if len(self._rings) == 1 else _whole(loss, samples)
        odd = np.flatnonzero(~np.isfinite(losses))
        is_odd = self._has_loss and len(odd)
        first_odd = (int(odd[0]), float(losses[odd[0]])) if is_odd else None
        return Batches(_numbers(losses), _numbers(accuracy), _numbers(sparsity), first_odd)

    def close(self) -> None:
        """Takes the probe out of the model again."""
        self._wrapped.detach(self._wrapper)

    def _noting(self, step: Callable[[Any], Any], data: Any) -> Any:
        try:
            return step(data)
        except (StopIteration, tf.errors.OutOfRangeError):
            raise  # So Keras learns that an epoch of unknown length is over.
        except BaseException as error:
            # As a text: the error would hold the whole call, and its data, in memory.
            self.failure = error_text(error)
            raise

    def _probed(self, step: TrainStep) -> TrainStep:
        def probed_train_step(data: Any) -> Any:
            # Keras may have built more of them since training began.
            kernels = prunable_kernels(self._model)
            self._size = _size(kernels)
            zeros = count_zeros(kernels)
            with self._tracing.listen() as values:
                logs = step(data)
            # A batch that never came, or that failed, leaves no row.
            with tf.control_dependencies(_tensors((data, logs))):
                loss = tf.constant(math.nan) if values.loss is None else values.loss
                self._has_loss = values.loss is not None
                row = [loss, self._samples(data), *values.after, *values.before, *zeros]
                self._rings[_replica()].write(row)
            return logs

        return probed_train_step

    def _samples(self, data: Any) -> Any:
        # With one replica it does not matter, and would cost an operation a step.
        if len(self._rings) == 1:
            return tf.constant(1.0)
        return tf.cast(tf.shape(_tensors(data)[0])[0], tf.float32)


def _whole(loss: npt.NDArray[np.float64], samples: npt.NDArray[np.float64]) -> Any:
    """The losses of batches that replicas trained on together; of shape (replicas, batches)."""
    # Each computes its share of the batch's loss as if all had as many samples; one without a
    # sample has none.
    shares = np.where(samples > 0, loss * len(loss) * samples, 0)
    return shares.sum(0) / samples.sum(0)


def _size(kernels: list[Any]) -> int:
    return sum(int(np.prod(kernel.shape)) for kernel in kernels)


def _replica() -> int:
    """Number of the replica whose step is being traced."""
    context = tf.distribute.get_replica_context()
    return int(tf.get_static_value(context.replica_id_in_sync_group))


def _tensors(values: Any) -> list[Any]:
    return [one for one in tf.nest.flatten(values, expand_composites=True) if tf.is_tensor(one)]


def _numbers(values: npt.NDArray[np.float64]) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]
