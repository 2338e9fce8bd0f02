"""One run from its config to its results in the lab."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import keras

from prunelab.data import Dataset, load
from prunelab.lab import Journal, Lab, RunConfig
from prunelab.pruning import PruneLowMagnitude, save_for_inference, sizes, sparsity_of
from prunelab.training.models import build
from prunelab.training.recorder import RunRecorder

__all__ = ["train"]


def train(lab: Lab, run: int, config: RunConfig, stop: threading.Event) -> None:
    """Trains a run that has begun, and ends it in the lab.

    Args:
        lab: The lab.
        run: Number of the run.
        config: What to train.
        stop: Stops training at the next batch when it is set.

    Raises:
        PrunelabError: where data or model cannot be used, or the lab cannot be written.
    """
    data = load(config.dataset, config.validation_split)
    # Seeds Python, NumPy and TensorFlow: initial weights, the order of samples, dropout.
    keras.utils.set_random_seed(config.seed)
    model = build(config.model, data.info)
    model.compile(
        optimizer=keras.optimizers.Adam(config.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        # Compiling by XLA takes longer than most runs of a lab last.
        jit_compile=False,
    )
    recorder = RunRecorder(lab, run=run, stop=stop)
    callbacks: list[Any] = [recorder]
    if config.schedule is not None:
        callbacks.insert(0, PruneLowMagnitude(config.schedule))
    has_validation = len(data.validation.x) > 0
    model.fit(
        data.train.x,
        data.train.y,
        batch_size=config.batch_size,
        epochs=config.epochs,
        validation_data=(data.validation.x, data.validation.y) if has_validation else None,
        callbacks=callbacks,
        verbose=0,
    )
    _end(lab, run, model, data, stopped=recorder.stop_asked)


def _end(lab: Lab, run: int, model: Any, data: Dataset, *, stopped: bool) -> None:
    journal, sparsity = Journal(lab, run), sparsity_of(model)
    if stopped:
        journal.end("stopped", sparsity=sparsity)
        return
    loss, accuracy = model.evaluate(data.test.x, data.test.y, batch_size=1000, verbose=0)
    path = lab.model_path(run)
    _save(model, path)
    journal.end(
        "finished",
        sparsity=sparsity,
        test_accuracy=float(accuracy),
        test_loss=float(loss),
        sizes=sizes(path),
    )


def _save(model: Any, path: Path) -> None:
    """Saves under another name first, so that a full disk leaves no half of a model."""
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(f".part-{path.name}")
    try:
        save_for_inference(model, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
