"""One run from its config to its results in the lab."""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Any, NamedTuple

import keras

from prunelab.data import Dataset, Split, load
from prunelab.errors import LabError, PrunelabError
from prunelab.lab import RunConfig, RunWriter
from prunelab.model_file import Setup
from prunelab.pruning import PruneLowMagnitude, sparsity_of
from prunelab.training.compiling import compile_model, labels_for
from prunelab.training.evaluation import evaluate
from prunelab.training.model_saving import save_model
from prunelab.training.recording.background_writer import (
    BackgroundWriter,
    diverged_line,
    unstored_line,
)
from prunelab.training.recording.recorder import RunRecorder
from prunelab.training.run_model import build
from prunelab.training.stopping import Stopped, interruptible
from prunelab.training.user_module import UserModule

__all__ = ["train"]


def train(run_writer: RunWriter, config: RunConfig, stop: threading.Event) -> None:
    """Trains a run that has begun, and ends it in the lab.

    Args:
        run_writer: Writes the run.
        config: What to train.
        stop: Stops training at the next batch when it is set.

    Raises:
        PrunelabError: where data or model cannot be used, or the lab cannot be written.
    """
    # From here on the run has a heartbeat, and hears requests while data are downloaded, too.
    writer = BackgroundWriter(run_writer, stop)
    model = None
    try:
        with interruptible(stop):
            data = _loaded(config)
            # Seeds Python, NumPy and TensorFlow: initial weights, the order of samples, dropout.
            keras.utils.set_random_seed(config.seed)
            module = UserModule(Path(config.module) if config.module else None)
            model, setup = build(config, module)
            compile_model(model, setup, module)
        recorder = RunRecorder(run_writer.lab, writer=writer, stop=stop)
        _fit(model, setup, data, config, recorder)
        outcome = Outcome("stopped") if stop.is_set() else _tested(model, setup, data, recorder)
    except Stopped:
        outcome = Outcome("stopped")
    except PrunelabError:
        writer.close()
        if writer.diverged is None:
            raise
        # It follows from the divergence: masks cannot be chosen of NaN, say.
        outcome = Outcome("failed")
    finally:
        writer.close()
    if writer.error is not None:
        raise LabError(unstored_line(writer.error)) from writer.error
    if writer.diverged is not None:
        outcome = Outcome("failed", error=writer.diverged)
    if outcome.state == "finished":
        size, error = save_model(model, run_writer.lab.model_path(run_writer.run))
        outcome = outcome._replace(sizes=size, error=error)
    sparsity = None if model is None else sparsity_of(model)
    run_writer.end(**outcome._asdict() | {"sparsity": sparsity})


def _loaded(config: RunConfig) -> Dataset:
    """The data, whose file may have changed while the run was queued."""
    data = load(config.dataset, config.validation_split, config.scale, config.target)
    if not data.info.same_size(config.data):
        raise PrunelabError(
            f"{config.dataset} was changed since the run was asked for: it has "
            f"{data.info.samples:,} samples and {data.info.classes} classes now, and had "
            f"{config.data.samples:,} and {config.data.classes}: start the run again"
        )
    return data


class Outcome(NamedTuple):
    """How a run ended, as `RunWriter.end` takes it."""

    state: str
    test_accuracy: float | None = None
    test_loss: float | None = None
    sizes: dict[str, int] | None = None
    error: str | None = None


def _fit(model: Any, setup: Setup, data: Dataset, config: RunConfig, recorder: RunRecorder) -> None:
    callbacks: list[Any] = [recorder]
    if config.plan.schedule is not None:
        callbacks.insert(0, PruneLowMagnitude(config.plan.schedule))
    x, y = _arrays(setup, data, data.train)
    validation = _arrays(setup, data, data.validation)
    model.fit(
        x,
        y,
        batch_size=config.batch_size,
        epochs=config.epochs,
        validation_data=validation if len(data.validation.x) else None,
        callbacks=callbacks,
        verbose=0,
    )


def _tested(model: Any, setup: Setup, data: Dataset, recorder: RunRecorder) -> Outcome:
    """Tests the model once. A stop that comes meanwhile is obeyed, and then there is no result."""
    x, y = _arrays(setup, data, data.test)
    loss, accuracy = evaluate(model, x, y, callbacks=[recorder])
    if recorder.stop_asked:
        return Outcome("stopped")
    if not math.isfinite(loss):
        # A model that answers with NaN has no accuracy.
        return Outcome("failed", error=diverged_line("the test loss", loss))
    return Outcome("finished", accuracy, loss)


def _arrays(setup: Setup, data: Dataset, part: Split) -> tuple[Any, Any]:
    """Samples and labels of a part as the model and its loss take them."""
    x = part.x.reshape(len(part.x), *setup.shape)
    return x, labels_for(setup, data.info.classes, part.y)
