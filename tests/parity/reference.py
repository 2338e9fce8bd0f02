"""The reference's side: tfmot 0.8.1 on tf_keras. Run as `python reference.py FOLDER fits|rest`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import cases
import loops
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
    return cases.flat([v.numpy() for v in cases.roles([one.layer for one in wrapped])])


def fit(case: cases.Case) -> dict[str, Any]:
    base = cases.build(tf_keras, case.model)
    start = [variable.numpy() for variable in cases.roles(base.layers)]
    model = tfmot.sparsity.keras.prune_low_magnitude(base, KINDS[case.schedule](**case.values))
    wrapped = [layer for layer in model.layers if getattr(layer, "pruning_vars", None)]
    inner = cases.roles([layer.layer for layer in wrapped])
    for variable, value in zip(inner, start, strict=True):
        variable.assign(value)
    kernels = [kernel for layer in wrapped for kernel, _, _ in layer.pruning_vars]
    model.compile(
        cases.optimizer(tf_keras, case.optimizer),
        "sparse_categorical_crossentropy",
        jit_compile=False,
    )
    watch = Watch(wrapped)
    x, y, x_val, y_val = cases.data(case.model)
    updating = tfmot.sparsity.keras.UpdatePruningStep()
    val_loss: list[float] = []
    for epochs in case.epochs:
        history = model.fit(
            x,
            y,
            batch_size=cases.BATCH_SIZE,
            epochs=epochs,
            shuffle=False,
            validation_data=(x_val, y_val),
            callbacks=[updating, watch],
            verbose=0,
        )
        val_loss += history.history["val_loss"]
    return {
        "masks": watch.masks,
        "thresholds": watch.thresholds,
        "weights": watch.weights,
        "final": _weights(wrapped),
        "val_loss": val_loss,
        "sizes": [int(np.prod(variable.shape)) for variable in inner],
        "pruned": [any(variable is one for one in kernels) for variable in inner],
    }


def loop(one: loops.Loop) -> dict[str, Any]:
    case = one.case
    base = cases.build(tf_keras, case.model)
    start = [variable.numpy() for variable in cases.roles(base.layers)]
    model = tfmot.sparsity.keras.prune_low_magnitude(base, KINDS[case.schedule](**case.values))
    wrapped = [layer for layer in model.layers if getattr(layer, "pruning_vars", None)]
    for variable, value in zip(cases.roles([one.layer for one in wrapped]), start, strict=True):
        variable.assign(value)
    watch = Watch(wrapped)

    def look() -> tuple[Any, ...]:
        watch.on_train_batch_end(0)
        return watch.masks[-1], watch.thresholds[-1], watch.weights[-1]

    updating = tfmot.sparsity.keras.UpdatePruningStep()
    return loops.train(one, model, cases.optimizer(tf_keras, case.optimizer), updating, look)


def of_size(size: int) -> Any:
    """TensorFlow as `_update_mask` uses it, for weights of a size without there being any.

    Nothing is sorted: the threshold, which is the k-th largest magnitude, is then k itself.
    """
    names = ("abs", "maximum", "round", "logical_or", "greater_equal")
    return SimpleNamespace(
        bool=tf.bool,
        float32=tf.float32,
        int32=tf.int32,
        name_scope=tf.name_scope,
        reshape=tf.reshape,
        dtypes=tf.dtypes,
        math=SimpleNamespace(
            **{name: getattr(tf.math, name) for name in names},
            top_k=lambda values, k: (values, values),
        ),
        size=lambda weights: tf.constant(size),
        gather=lambda values, place: tf.cast(place + 1, tf.float32),
        one_hot=lambda place, depth, **rest: tf.constant([True]),
    )


def curve(kind: str, values: dict[str, Any], steps: int) -> dict[str, Any]:
    """The sparsity and the counts of kept weights that the compiled graph computes."""
    schedule = KINDS[kind](**values)
    step = tf.Variable(0, dtype=tf.int64)
    pruning = pruning_impl.Pruning(lambda: step, [], schedule, (1, 1), "AVG")
    weights = tf.Variable(tf.zeros(1))

    def count(size: int) -> Any:
        with mock.patch.object(pruning_impl, "tf", of_size(size)):
            return pruning._update_mask(weights)[0]

    @tf.function
    def kept() -> Any:
        return tf.stack([count(size) for size in cases.SIZES + cases.LARGE_SIZES])

    @tf.function
    def sparsity() -> Any:
        return schedule(step)[1]

    counts, asked = [], []
    for now in range(1, steps + 1):
        step.assign(now)
        counts.append(kept().numpy())
        asked.append(sparsity().numpy())
        if now % 500 == 0:
            cases.progress(f"{now} steps of {kind} {values}")
    return {"counts": np.asarray(counts, np.int64), "sparsity": np.asarray(asked, np.float32)}


def error_of(work: Any) -> str:
    """The kind of error that something ends with; empty where it does not."""
    try:
        work()
    except Exception as error:
        return type(error).__name__
    return ""


def fit_briefly(model: Any, schedule: Any) -> Any:
    pruned = tfmot.sparsity.keras.prune_low_magnitude(model, schedule)
    pruned.compile("sgd", "mse", jit_compile=False)
    x, y = np.ones((4, *model.input_shape[1:])), np.ones((4, *model.output_shape[1:]))
    pruned.fit(x, y, callbacks=[tfmot.sparsity.keras.UpdatePruningStep()], verbose=0)
    return pruned


def masks_of(model: Any) -> int:
    return sum(len(getattr(layer, "pruning_vars", ())) for layer in model.layers)


def facts() -> dict[str, Any]:
    """What the reference does where it goes wrong."""
    always = KINDS[cases.CONSTANT](**cases.ALWAYS["config"])
    decay = KINDS[cases.POLYNOMIAL]

    def dense() -> Any:
        return tf_keras.Sequential([tf_keras.Input((3,)), tf_keras.layers.Dense(4)])

    unknown = dense()
    unknown.layers[0].kernel.assign(np.full((3, 4), np.nan, np.float32))
    return {
        "no length": float(decay(0.0, 0.5, 1, 1, frequency=1)(tf.constant(1, tf.int64))[1]),
        "whole floats": error_of(lambda: fit_briefly(dense(), decay(0.0, 0.5, 1.0, 10.0))),
        "nothing to prune": {
            name: masks_of(fit_briefly(model, always))
            for name, model in cases.unpruned(tf_keras).items()
        },
        "refused": {
            name: error_of(lambda model=model: fit_briefly(model, always))
            for name, model in cases.refused(tf_keras).items()
        },
        "nan": error_of(lambda: fit_briefly(unknown, always)),
    }


def exchanged(config: dict[str, Any]) -> dict[str, Any]:
    """Reads a config as the reference's wrapper does, and answers with its own."""
    schedule = tf_keras.utils.deserialize_keras_object(config, custom_objects=KINDS)
    assert type(schedule) is KINDS[config["class_name"]]
    return schedule.get_config()


def fits(folder: Path) -> None:
    for number, case in enumerate(cases.CASES):
        np.savez(folder / f"reference-{number}.npz", **fit(case))
        cases.progress(case.name)


def rest(folder: Path) -> None:
    for number, case in enumerate(cases.STOCK):
        np.savez(folder / f"stock-{number}.npz", **fit(case))
        cases.progress(case.name)
    for number, values in enumerate(cases.CURVES):
        np.savez(folder / f"curve-{number}.npz", **curve(*values))
    for number, one in enumerate(loops.LOOPS):
        np.savez(folder / f"loop-reference-{number}.npz", **loop(one))
        cases.progress(one.name)
    configs = json.loads((folder / "configs.json").read_text())
    answers = [exchanged(config) for config in configs]
    (folder / "answers.json").write_text(json.dumps(answers))
    (folder / "facts-reference.json").write_text(json.dumps(facts()))


if __name__ == "__main__":
    {"fits": fits, "rest": rest}[sys.argv[2]](Path(sys.argv[1]))
