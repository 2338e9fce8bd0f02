"""Our side: prunelab on native Keras 3. Run as `python ours.py FOLDER`."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

import cases
import keras
import loops
import numpy as np
import tensorflow as tf
from keras.src import backend

from prunelab import PolynomialDecay, PruneLowMagnitude, PruningSchedule
from prunelab.pruning import prunable_kernels


class Watch(keras.callbacks.Callback):
    """Keeps masks, thresholds and weights as every batch leaves them."""

    def __init__(self, pruning: PruneLowMagnitude) -> None:
        super().__init__()
        self._pruning = pruning
        self.masks, self.thresholds, self.weights = [], [], []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        variables = cases.roles(self.model.layers)
        order = {id(variable): number for number, variable in enumerate(variables)}
        pruned = sorted(self._pruning.weights, key=lambda weight: order[id(weight.kernel)])
        self.masks.append(cases.flat([weight.mask() for weight in pruned]))
        self.thresholds.append([weight.threshold for weight in pruned])
        self.weights.append(cases.flat([variable.numpy() for variable in variables]))


def plain_einsum(model: str) -> AbstractContextManager[Any]:
    """For attention, the einsum that tf_keras has.

    Keras 3 writes it as batched products, whose gradients sum a kernel's parts in another order.
    """
    if model != "attention":
        return nullcontext()
    return mock.patch.object(backend.numpy, "einsum", tf.einsum)


def fit(case: cases.Case) -> dict[str, Any]:
    model = cases.build(keras, case.model)
    model.compile(
        cases.optimizer(keras, case.optimizer),
        "sparse_categorical_crossentropy",
        jit_compile=False,
    )
    pruning = PruneLowMagnitude(
        PruningSchedule.from_config({"class_name": case.schedule, "config": case.values})
    )
    watch = Watch(pruning)
    x, y, x_val, y_val = cases.data(case.model)
    val_loss: list[float] = []
    for epochs in case.epochs:
        history = model.fit(
            x,
            y,
            batch_size=cases.BATCH_SIZE,
            epochs=epochs,
            shuffle=False,
            validation_data=(x_val, y_val),
            callbacks=[pruning, watch],
            verbose=0,
        )
        val_loss += history.history["val_loss"]
    return {
        "masks": watch.masks,
        "thresholds": np.asarray(watch.thresholds, np.float32),
        "weights": watch.weights,
        "final": cases.flat([variable.numpy() for variable in cases.roles(model.layers)]),
        "val_loss": val_loss,
    }


def loop(one: loops.Loop) -> dict[str, Any]:
    case = one.case
    model = cases.build(keras, case.model)
    pruning = PruneLowMagnitude(
        PruningSchedule.from_config({"class_name": case.schedule, "config": case.values})
    )
    watch = Watch(pruning)
    watch.set_model(model)

    def look() -> tuple[Any, ...]:
        watch.on_train_batch_end(0)
        return watch.masks[-1], watch.thresholds[-1], watch.weights[-1]

    return loops.train(one, model, cases.optimizer(keras, case.optimizer), pruning, look)


def error_of(work: Any) -> str:
    """The kind of error that something ends with; empty where it does not."""
    try:
        work()
    except Exception as error:
        return type(error).__name__
    return ""


def fit_briefly(model: Any, schedule: PruningSchedule) -> None:
    model.compile("sgd", "mse", jit_compile=False)
    x, y = np.ones((4, *model.input_shape[1:])), np.ones((4, *model.output_shape[1:]))
    model.fit(x, y, callbacks=[PruneLowMagnitude(schedule)], verbose=0)


def facts() -> dict[str, Any]:
    """What happens where the reference goes wrong: see the function of that name there."""
    always = PruningSchedule.from_config(cases.ALWAYS)
    dense = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])
    dense.layers[0].kernel.assign(np.full((3, 4), np.nan, np.float32))
    return {
        "no length": error_of(lambda: PolynomialDecay(0.0, 0.5, 1, 1)),
        "whole floats": error_of(lambda: PolynomialDecay(0.0, 0.5, 1.0, 10.0)),
        "nothing to prune": {
            name: error_of(lambda model=model: fit_briefly(model, always))
            for name, model in cases.unpruned(keras).items()
        },
        "pruned": {
            name: len(prunable_kernels(model)) for name, model in cases.refused(keras).items()
        },
        "nan": error_of(lambda: fit_briefly(dense, always)),
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for number, case in enumerate(cases.CASES):
        with plain_einsum(case.model):
            np.savez(folder / f"ours-{number}.npz", **fit(case))
        cases.progress(case.name)
    for number, one in enumerate(loops.LOOPS):
        np.savez(folder / f"loop-ours-{number}.npz", **loop(one))
        cases.progress(one.name)
    (folder / "facts-ours.json").write_text(json.dumps(facts()))
