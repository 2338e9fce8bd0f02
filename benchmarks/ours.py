"""The process of prunelab on native Keras 3 (see engine.py)."""

from __future__ import annotations

import tempfile
import tracemalloc
from typing import Any

import keras
import numpy as np
from common import END, build, repeat, serve
from fits import fits

from prunelab import ConstantSparsity, Lab, PolynomialDecay, PruneLowMagnitude, RunRecorder
from prunelab.keras_internals.train_step import StepWrapper, WrapOrder, WrappedStep
from prunelab.lab import make_schedule
from prunelab.pruning import keep_count, select

_LAB = tempfile.TemporaryDirectory()


def select_weights(size: str) -> list[float]:
    """Masks of one layer at sparsity 0.875."""
    weights = np.random.default_rng(0).standard_normal(int(size)).astype(np.float32)
    return repeat(lambda: select(weights, keep_count(weights.size, np.float32(0.125))), 3)


def fit_models(name: str, frequency: str, *ways: str) -> list[float]:
    """Epochs of one model each way.

    Args:
        name: The kind of model.
        frequency: Steps between two updates.
        ways: "plain" or "again"; "alike", plain but for how the step is called; "pruned"; or
            "recorded" in a lab as well.
    """
    pairs = []
    for way in ways:
        callbacks: list[keras.callbacks.Callback] = []
        if way == "alike":
            callbacks.append(Alike())
        if way in ("pruned", "recorded"):
            schedule = PolynomialDecay(0.0, 0.9, 0, END[name], frequency=int(frequency))
            callbacks.append(PruneLowMagnitude(schedule))
        if way == "recorded":
            callbacks.append(RunRecorder(Lab(_LAB.name)))
        pairs.append((compiled(name, "adam"), callbacks))
    return fits(keras, name, pairs)


def compiled(name: str, optimizer: str) -> keras.Model:
    """An untrained model. The reference does not compile by XLA; its peer here is not to either."""
    model: keras.Model = build(keras, name)
    model.compile(optimizer, "sparse_categorical_crossentropy", jit_compile=False)
    return model


class Alike(keras.callbacks.Callback):
    """Has a step called as a pruned one is, with no work put into it."""

    def on_train_begin(self, logs: Any = None) -> None:
        """Puts nothing around the step."""
        self._wrapper = StepWrapper(WrapOrder.MASK, lambda step: step)
        self._wrapped = WrappedStep.of(self.model)
        self._wrapped.attach(self._wrapper)

    def on_train_end(self, logs: Any = None) -> None:
        """Takes it out again."""
        self._wrapped.detach(self._wrapper)


class Measured(PruneLowMagnitude):
    """Keeps the most memory that NumPy held at a mask update."""

    peak = 0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Measures what the update at the beginning of a batch takes."""
        tracemalloc.start()
        super().on_train_batch_begin(batch, logs)
        self.peak = max(self.peak, tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()


def memory(name: str) -> list[float]:
    """Bytes a pruned weight: masks, which stay, and what an update takes beside them."""
    pruning = Measured(ConstantSparsity(0.9, 1, frequency=1))
    fits(keras, name, [(compiled(name, "sgd"), [pruning])])
    size = sum(weight.size for weight in pruning.weights)
    kept = sum(weight.mask().nbytes for weight in pruning.weights)
    return [kept / size, pruning.peak / size]


def schedule(kind: str, steps: str, power: str = "") -> list[float]:
    """All steps of a run asked for at once; a kind of the catalog with its usual values."""
    count = int(steps)
    made = make_schedule(kind, {"power": float(power)} if power else {}, count)
    assert made is not None
    grid = np.arange(1, count + 1)
    return repeat(lambda: made.on(grid), 3)


if __name__ == "__main__":
    serve({"select": select_weights, "fits": fit_models, "memory": memory, "schedule": schedule})
