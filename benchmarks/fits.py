"""Fits of one process that take turns by the epoch, each timed; see `common` for `keras`.

What slows a machine down for a second then slows all of them down alike.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore
from typing import Any

import tensorflow as tf
from common import BATCH, EPOCHS, STEPS, data


class Turn:
    """The right to work, which goes from the conductor to a fit and back."""

    def __init__(self) -> None:
        self._given, self._ended = Semaphore(0), Semaphore(0)

    def give(self) -> None:
        """Lets the fit work until it ends its turn."""
        self._given.release()
        self._ended.acquire()

    def take(self) -> None:
        """Waits for the turn."""
        self._given.acquire()

    def end(self) -> None:
        """Hands the turn back."""
        self._ended.release()


def batches(name: str) -> tf.data.Dataset:
    """Shuffled batches of one epoch, made as Keras makes them of arrays, but without autotuning.

    With it, an iterator that ended now and then waits for its tuner to wake up, up to 0.6 seconds
    after an epoch of the CNN's, and half of all epochs would seem to take twice as long.
    """
    x, y = (tf.constant(array) for array in data(name))

    def shuffled(_: tf.Tensor) -> tf.data.Dataset:
        numbers = tf.random.shuffle(tf.range(len(x)))
        return tf.data.Dataset.from_tensor_slices(tf.reshape(numbers, (-1, BATCH[name])))

    options = tf.data.Options()
    options.autotune.enabled = False
    return (
        tf.data.Dataset.range(1)
        .flat_map(shuffled)
        .map(lambda numbers: (tf.gather(x, numbers), tf.gather(y, numbers)))
        .prefetch(2)
        .apply(tf.data.experimental.assert_cardinality(STEPS[name]))
        .with_options(options)
    )


def epoch_timer(keras: Any, turn: Turn) -> Any:
    """A callback that times epochs and has no work at batches, so it costs both sides nothing.

    An epoch lasts until the next one begins, so what other callbacks do between the two counts. The
    last lasts until its own end, since what they do as training ends is no part of it.
    """

    class Timer(keras.callbacks.Callback):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.seconds: list[float] = []

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch:
                self.seconds.append(time.perf_counter() - self._began)
                turn.end()
                turn.take()
            self._began = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self._ended = time.perf_counter()

        def on_train_end(self, logs: Any = None) -> None:
            self.seconds.append(self._ended - self._began)

    return Timer()


def fits(keras: Any, name: str, pairs: list[tuple[Any, list[Any]]]) -> list[float]:
    """Milliseconds a step of each epoch but the first, which compiles: those of one fit, then on.

    Args:
        keras: The Keras of the models.
        name: The kind of model.
        pairs: Compiled models, each with its callbacks.
    """
    dataset = batches(name)
    turns = [Turn() for _ in pairs]

    def fit(model: Any, callbacks: list[Any], turn: Turn) -> list[float]:
        turn.take()
        try:
            timer = epoch_timer(keras, turn)
            # The timer last: what other callbacks do at the end of an epoch counts.
            both = [*callbacks, timer]
            model.fit(dataset, epochs=1 + EPOCHS[name], verbose=0, callbacks=both)
            return [1000 * seconds / STEPS[name] for seconds in timer.seconds[1:]]
        finally:
            turn.end()

    with ThreadPoolExecutor(len(pairs)) as pool:
        running = [pool.submit(fit, *pair, turn) for pair, turn in zip(pairs, turns, strict=True)]
        for epoch in range(1 + EPOCHS[name]):
            # There and back: none always comes after the same other.
            for turn in turns if epoch % 2 else reversed(turns):
                turn.give()
        return [step for fitted in running for step in fitted.result()]
