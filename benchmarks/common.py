"""What both engines' processes do in the same way; `keras` is native Keras 3 or tf_keras."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

# Steps of one timed epoch, and how many are timed after the first, which compiles.
STEPS = {"cnn": 60, "mlp": 400, "mlp10m": 4}
EPOCHS = {"cnn": 6, "mlp": 10, "mlp10m": 5}
# Step at which the schedules of a fit end: its last, so that no epoch is without updates.
END = {name: (1 + EPOCHS[name]) * steps for name, steps in STEPS.items()}
BATCH = {"cnn": 250, "mlp": 32, "mlp10m": 32}


def build(keras: Any, name: str) -> Any:
    """An untrained, uncompiled model: the article's CNN, 11,232 weights, or 10 million."""
    layers = keras.layers
    if name == "cnn":
        parts = [
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(256, activation="relu"),
        ]
        shape: tuple[int, ...] = (28, 28, 1)
    else:
        widths = [96, 48] if name == "mlp" else [2600, 2600, 1150]
        parts = [layers.Dense(width, activation="relu") for width in widths]
        shape = (64,)
    return keras.Sequential([keras.Input(shape), *parts, layers.Dense(10, activation="softmax")])


def data(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Random samples of the model's shape for one epoch, and labels."""
    count = STEPS[name] * BATCH[name]
    random = np.random.default_rng(0)
    shape = (28, 28, 1) if name == "cnn" else (64,)
    return random.random((count, *shape), np.float32), random.integers(0, 10, count)


def repeat(work: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each call, after one that is not counted."""
    work()
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spent.append(1000 * (time.perf_counter() - began))
    return spent


def serve(works: dict[str, Callable[..., list[float]]]) -> None:
    """Answers requests, one a line, until there are no more."""
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        name, *words = line.split()
        print(*works[name](*words), file=answers, flush=True)
