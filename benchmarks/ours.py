"""The process of prunelab on native Keras 3 (see engine.py)."""

from __future__ import annotations

import tempfile
import tracemalloc
from typing import Any

import keras
import numpy as np
from common import END, build, fit, repeat, serve

from prunelab import ConstantSparsity, Lab, PolynomialDecay, PruneLowMagnitude, RunRecorder
from prunelab.lab import make_schedule
from prunelab.pruning import keep_count, select

_MODELS: dict[str, keras.Model] = {}
_LAB = tempfile.TemporaryDirectory()


def select_weights(size: str) -> list[float]:
    """Masks of one layer at sparsity 0.875."""
    weights = np.random.default_rng(0).standard_normal(int(size)).astype(np.float32)
    return repeat(lambda: select(weights, keep_count(weights.size, np.float32(0.125))), 3)


def fit_model(name: str, how: str, frequency: str) -> list[float]:
    """Epochs of one model: "plain", "pruned", or "recorded" in a lab as well."""
    if name not in _MODELS:
        _MODELS[name] = build(keras, name)
        # The reference does not compile by XLA, and its peer here is not to either.
        _MODELS[name].compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
    callbacks: list[keras.callbacks.Callback] = []
    if how != "plain":
        schedule = PolynomialDecay(0.0, 0.9, 0, END[name], frequency=int(frequency))
        callbacks.append(PruneLowMagnitude(schedule))
    if how == "recorded":
        callbacks.append(RunRecorder(Lab(_LAB.name)))
    return fit(keras, _MODELS[name], name, callbacks)


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
    model = build(keras, name)
    model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False)
    pruning = Measured(ConstantSparsity(0.9, 1, frequency=1))
    fit(keras, model, name, [pruning])
    size = sum(weight.size for weight in pruning.weights)
    kept = sum(weight.kept().nbytes for weight in pruning.weights)
    return [kept / size, pruning.peak / size]


def schedule(kind: str, steps: str, power: str = "") -> list[float]:
    """All steps of a run asked for at once; a kind of the catalog with its usual values."""
    count = int(steps)
    made = make_schedule(kind, {"power": float(power)} if power else {}, count)
    assert made is not None
    grid = np.arange(1, count + 1)
    return repeat(lambda: made.on(grid), 3)


if __name__ == "__main__":
    serve({"select": select_weights, "fit": fit_model, "memory": memory, "schedule": schedule})
