"""Our side: prunelab on native Keras 3. Run as `python ours.py FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cases
import keras
import numpy as np

from prunelab import PruneLowMagnitude, PruningSchedule


class Watch(keras.callbacks.Callback):
    """Keeps masks, thresholds and weights as every batch leaves them."""

    def __init__(self, pruning: PruneLowMagnitude) -> None:
        super().__init__()
        self._pruning = pruning
        self.masks, self.thresholds, self.weights = [], [], []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.masks.append(cases.flat(list(self._pruning.masks.values())))
        self.thresholds.append([weight.threshold for weight in self._pruning.weights])
        # The variables as they are: what `get_weights` hands out in a pruned fit is masked.
        self.weights.append(cases.flat([one.numpy() for one in self.model.weights]))


def fit(case: cases.Case) -> dict[str, Any]:
    model = cases.build(keras, case)
    model.compile(
        cases.optimizer(keras, case), "sparse_categorical_crossentropy", jit_compile=False
    )
    pruning = PruneLowMagnitude(
        PruningSchedule.from_config({"class_name": case.schedule, "config": case.values})
    )
    watch = Watch(pruning)
    x, y, x_val, y_val = cases.data()
    history = model.fit(
        x,
        y,
        batch_size=cases.BATCH_SIZE,
        epochs=cases.EPOCHS,
        shuffle=False,
        validation_data=(x_val, y_val),
        callbacks=[pruning, watch],
        verbose=0,
    )
    return {
        "masks": watch.masks,
        "thresholds": np.asarray(watch.thresholds, np.float32),
        "weights": watch.weights,
        "final": cases.flat(model.get_weights()),
        "val_loss": history.history["val_loss"],
    }


if __name__ == "__main__":
    for number, case in enumerate(cases.CASES):
        np.savez(Path(sys.argv[1]) / f"ours-{number}.npz", **fit(case))
