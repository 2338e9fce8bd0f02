"""What a script's run is entered with, and what it comes to."""

from __future__ import annotations

import re
from typing import Any

import keras

from prunelab.errors import UsageError, warn
from prunelab.keras_internals.trainer_parts import learning_rate_schedule
from prunelab.lab import Run, RunWriter
from prunelab.pruning import sparsity_of
from prunelab.pruning.checks.grown_back import GROWN
from prunelab.training.evaluation import evaluate
from prunelab.training.model_saving import save_model

__all__ = ["compiled_with", "finish", "name_of"]


def compiled_with(model: Any) -> dict[str, Any]:
    """How a model was compiled, by name: optimizer, learning rate where it is a number, loss."""
    optimizer = model.optimizer
    schedule = learning_rate_schedule(optimizer)
    return {
        "optimizer": type(optimizer).__name__.lower(),
        "learning_rate": (
            _short(optimizer.learning_rate) if schedule is None else type(schedule).__name__
        ),
        "loss": _name(model.loss),
    }


def name_of(model: Any) -> str:
    """What a model is called: Keras numbers the names that it gives, and each seed gets another."""
    named = re.fullmatch(r"(sequential|functional)_\d+", model.name)
    return named[1] if named else str(model.name)


def finish(journal: RunWriter, model: Any, x_test: Any, y_test: Any) -> Run:
    """Tests and saves the model of a run whose `fit` is over, and stores what it comes to.

    Returns:
        The run as it then stands.

    Raises:
        UsageError: where the model has no accuracy among its metrics, or the run never ended well.
    """
    run = journal.lab.run(journal.run)
    if run.state not in ("finished", "stopped"):
        raise UsageError(
            f"run {run.id} is {run.state}: only a fit that came to its end has results"
        )
    loss, accuracy = evaluate(model, x_test, y_test)
    if accuracy is None:
        raise UsageError(
            f"model {model.name!r} measures no accuracy: compile it with metrics=['accuracy']"
        )
    sparsity = sparsity_of(model)
    if run.sparsity is not None and sparsity is not None and sparsity < run.sparsity - GROWN:
        warn(
            f"model {model.name!r} was {run.sparsity:.2%} sparse at the end of run {run.id} and is "
            f"{sparsity:.2%} now: weights grew back in a later fit without PruneLowMagnitude. Call "
            "finish before such a fit, or prune in it too"
        )
    size, error = save_model(model, journal.lab.model_path(journal.run))
    journal.write_result(
        sparsity=sparsity, test_accuracy=accuracy, test_loss=loss, sizes=size, error=error
    )
    return journal.lab.run(journal.run)


def _short(value: Any) -> float:
    # As it was written: the variable, of which every replica may have one, holds it as float32.
    return float(f"{float(keras.ops.convert_to_numpy(value)):.6g}")


def _name(loss: Any) -> str:
    if isinstance(loss, str):
        return loss
    return str(getattr(loss, "name", None) or getattr(loss, "__name__", None) or loss)
