"""The reference's recipe for a training loop of one's own, the same code for both sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cases
import numpy as np
import tensorflow as tf


@dataclass(frozen=True)
class Loop:
    """One training in a loop: what is trained, and whether its step is a `tf.function`."""

    case: cases.Case
    compiled: bool

    @property
    def name(self) -> str:
        return f"{self.case.name}-{'compiled' if self.compiled else 'eager'}"


def _loop(model: str, optimizer: str, schedule: tuple[str, dict[str, Any]], compiled: bool) -> Loop:
    return Loop(cases.Case(model, optimizer, *schedule), compiled)


LOOPS = cases.share(
    [
        _loop("mlp", "sgd", cases.SCHEDULES[6], False),
        _loop("mlp", "adam", cases.SCHEDULES[1], True),
        _loop("cnn", "adam", cases.SCHEDULES[0], True),
        _loop("cnn", "adamw", cases.SCHEDULES[5], False),
        _loop("lstm", "sgd", cases.SCHEDULES[4], True),
    ]
)


def train(loop: Loop, model: Any, optimizer: Any, callback: Any, look: Callable[[], Any]) -> Any:
    """Trains two epochs.

    Args:
        loop: What is trained how.
        model: The model, of either Keras.
        optimizer: Likewise.
        callback: What prunes it, of either side.
        look: The masks, thresholds and weights as they are.

    Returns:
        Arrays by name: what `look` tells after every step, and every loss: of the batch, and of the
        validation samples after every fifth step and after each epoch.
    """

    def loss_of(x: Any, y: Any, training: bool) -> Any:
        right = tf.gather(model(x, training=training), y, batch_dims=1)
        return tf.reduce_mean(-tf.math.log(right + 1e-7))

    def step(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = loss_of(x, y, True)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    if loop.compiled:
        step = tf.function(step)
    x, y, x_val, y_val = cases.data(loop.case.model)
    seen: dict[str, list[Any]] = {name: [] for name in ("losses", "masks", "thresholds", "weights")}
    unused = -1
    callback.set_model(model)
    callback.on_train_begin()
    for _ in range(sum(loop.case.epochs)):
        callback.on_epoch_begin(epoch=unused)
        for start in range(0, len(x), cases.BATCH_SIZE):
            callback.on_train_batch_begin(batch=unused)
            part = slice(start, start + cases.BATCH_SIZE)
            seen["losses"].append(step(tf.constant(x[part]), tf.constant(y[part])).numpy())
            masks, thresholds, weights = look()
            seen["masks"].append(masks)
            seen["thresholds"].append(np.asarray(thresholds, np.float32))
            seen["weights"].append(weights)
            if len(seen["masks"]) % 5 == 0:
                seen["losses"].append(loss_of(tf.constant(x_val), y_val, False).numpy())
        callback.on_epoch_end(batch=unused)
        seen["losses"].append(loss_of(tf.constant(x_val), y_val, False).numpy())
    return {name: np.asarray(values) for name, values in seen.items()} | {"final": look()[2]}
