"""The reference's side: tfmot 0.8.1 on tf_keras. Run as `python reference.py FOLDER`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import cases
import numpy as np
import tensorflow as tf
import tensorflow_model_optimization as tfmot
import tf_keras
from tensorflow_model_optimization.python.core.sparsity.keras import pruning_impl

KINDS = {
    cases.CONSTANT: tfmot.sparsity.keras.ConstantSparsity,
    cases.POLYNOMIAL: tfmot.sparsity.keras.PolynomialDecay,
}


class Watch(tf_keras.callbacks.Callback):
    """Keeps masks, thresholds and weights as every batch leaves them."""

    def __init__(self, wrapped: list[Any]) -> None:
        super().__init__()
        self._wrapped = wrapped
        self.masks, self.thresholds, self.weights = [], [], []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        pruned = [variables for layer in self._wrapped for variables in layer.pruning_vars]
        self.masks.append(cases.flat([mask.numpy() for _, mask, _ in pruned]) != 0)
        self.thresholds.append([threshold.numpy() for _, _, threshold in pruned])
        self.weights.append(_weights(self._wrapped))


def _weights(wrapped: list[Any]) -> np.ndarray:
    return cases.flat([v.numpy() for one in wrapped for v in (one.layer.kernel, one.layer.bias)])


def fit(case: cases.Case) -> dict[str, Any]:
    base = cases.build(tf_keras, case)
    start = [layer.get_weights() for layer in base.layers if layer.weights]
    model = tfmot.sparsity.keras.prune_low_magnitude(base, KINDS[case.schedule](**case.values))
    wrapped = [layer for layer in model.layers if layer.pruning_vars]
    for layer, (kernel, bias) in zip(wrapped, start, strict=True):
        layer.layer.kernel.assign(kernel)
        layer.layer.bias.assign(bias)
    model.compile(
        cases.optimizer(tf_keras, case), "sparse_categorical_crossentropy", jit_compile=False
    )
    watch = Watch(wrapped)
    x, y, x_val, y_val = cases.data()
    history = model.fit(
        x,
        y,
        batch_size=cases.BATCH_SIZE,
        epochs=cases.EPOCHS,
        shuffle=False,
        validation_data=(x_val, y_val),
        callbacks=[tfmot.sparsity.keras.UpdatePruningStep(), watch],
        verbose=0,
    )
    return {
        "masks": watch.masks,
        "thresholds": watch.thresholds,
        "weights": watch.weights,
        "final": _weights(wrapped),
        "val_loss": history.history["val_loss"],
    }


def curve(values: dict[str, Any], steps: int) -> dict[str, Any]:
    """The sparsity and the counts of kept weights that the compiled graph computes."""
    schedule = KINDS[cases.POLYNOMIAL](**values)
    step = tf.Variable(0, dtype=tf.int64)
    pruning = pruning_impl.Pruning(lambda: step, [], schedule, (1, 1), "AVG")
    weights = [tf.Variable(tf.zeros(size)) for size in cases.SIZES]

    def ranks(values: Any, k: Any) -> tuple[Any, Any]:
        """In place of the sort: the k-th largest is then k itself."""
        return tf.range(1, values.shape[0] + 1, dtype=tf.float32), tf.range(values.shape[0])

    @tf.function
    def kept() -> Any:
        return tf.stack([pruning._update_mask(one)[0] for one in weights])

    @tf.function
    def sparsity() -> Any:
        return schedule(step)[1]

    counts, asked = [], []
    with mock.patch.object(pruning_impl.tf.math, "top_k", ranks):
        for now in range(1, steps + 1):
            step.assign(now)
            counts.append(kept().numpy())
            asked.append(sparsity().numpy())
    return {"counts": np.asarray(counts, np.int64), "sparsity": np.asarray(asked, np.float32)}


def exchanged(config: dict[str, Any]) -> dict[str, Any]:
    """Reads a config as the reference's wrapper does, and answers with its own."""
    schedule = tf_keras.utils.deserialize_keras_object(config, custom_objects=KINDS)
    assert type(schedule) is KINDS[config["class_name"]]
    return schedule.get_config()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for number, case in enumerate(cases.CASES):
        np.savez(folder / f"reference-{number}.npz", **fit(case))
    for number, (values, steps) in enumerate(cases.CURVES):
        np.savez(folder / f"curve-{number}.npz", **curve(values, steps))
    configs = json.loads((folder / "configs.json").read_text())
    answers = [exchanged(config) for config in configs]
    (folder / "answers.json").write_text(json.dumps(answers))
