"""The model of a run: one of prunelab's own, or loaded from a user's `.keras` file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from prunelab.errors import PrunelabError, UsageError
from prunelab.lab import RunConfig
from prunelab.model_file import ModelFacts, Setup
from prunelab.training.compiling import labels_of_loss
from prunelab.training.error_line import error_line
from prunelab.training.models import BUILDERS
from prunelab.training.user_module import UserModule

__all__ = ["build"]


def build(config: RunConfig, module: UserModule) -> tuple[Any, Setup]:
    """Makes or loads the model of a run, not yet compiled.

    Args:
        config: The run.
        module: What the user's module defines.

    Returns:
        The built model, and how it is to be trained.

    Raises:
        PrunelabError: where a file cannot be loaded, or its model does not fit the data.
    """
    if config.model in BUILDERS:
        return BUILDERS[config.model](config.data), config.setup
    facts = config.model_facts
    if module.path is not None:
        # They remain known where the model is made again of its config, to be saved.
        keras.saving.get_custom_objects().update(module.objects(facts.custom_objects))
        keras.config.enable_unsafe_deserialization()
    model = _loaded(Path(config.model), safe=module.path is None)
    seen = _seen(model, facts, config.setup.shape)
    setup = config.setup_of(seen)
    if not setup.loss.builtin:
        setup = config.setup_of(
            replace(seen, label_form=labels_of_loss(setup, config.data.classes, module))
        )
    return model, setup


def _loaded(path: Path, *, safe: bool) -> Any:
    try:
        return keras.models.load_model(path, compile=False, safe_mode=safe)
    except MemoryError:
        raise
    except Exception as error:
        # A file from anywhere: what Keras, HDF5 or the user's own classes make of it is of
        # every kind.
        raise PrunelabError(
            f"model {path} cannot be loaded ({error_line(error)}): save it again, "
            f"with Keras {keras.__version__} if possible"
        ) from error


def _seen(model: Any, facts: ModelFacts, shape: tuple[int, ...]) -> ModelFacts:
    """The facts, with the outputs that only the loaded model shows."""
    try:
        given = model(np.zeros((1, *shape), np.float32), training=False)
    except MemoryError:
        raise
    except Exception as error:
        raise PrunelabError(
            f"{facts.name} does not take samples of shape {shape} ({error_line(error)}): "
            "use data that it takes"
        ) from error
    outputs = keras.tree.flatten(given)
    if len(outputs) != 1:
        raise UsageError(
            f"{facts.name} has {len(outputs)} outputs, and a run has one: save a model of one"
        )
    return replace(facts, output_shape=tuple(outputs[0].shape[1:]))
