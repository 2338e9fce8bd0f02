"""The process of prunelab on native Keras 3 (see engine.py)."""

from __future__ import annotations

import tempfile

import keras
import numpy as np
from common import STEPS, build, fit, repeat, serve

from prunelab import Lab, PolynomialDecay, PruneLowMagnitude, RunRecorder
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
        schedule = PolynomialDecay(0.0, 0.9, 0, 4 * STEPS[name], frequency=int(frequency))
        callbacks.append(PruneLowMagnitude(schedule))
    if how == "recorded":
        callbacks.append(RunRecorder(Lab(_LAB.name)))
    return fit(keras, _MODELS[name], name, callbacks)


if __name__ == "__main__":
    serve({"select": select_weights, "fit": fit_model})
