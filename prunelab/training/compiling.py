"""Compiling a model as its `Setup` says, and labels in the form that its loss takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from prunelab.errors import PrunelabError
from prunelab.model_file import Accuracy, LabelForm, Setup
from prunelab.model_file.losses import Loss
from prunelab.model_file.optimizers import Optimizer
from prunelab.training.error_line import error_line
from prunelab.training.user_module import UserModule

__all__ = ["compile_model", "labels_for"]


def compile_model(model: Any, setup: Setup, module: UserModule) -> None:
    """Compiles a model.

    Args:
        model: A built model.
        setup: How it is to be trained.
        module: What the user's module defines.

    Raises:
        PrunelabError: where loss, optimizer or a metric cannot be made.
    """
    model.compile(
        optimizer=_made("optimizer", str(setup.optimizer), _optimizer, setup.optimizer, module),
        loss=_made("loss", str(setup.loss), _loss, setup.loss, module),
        metrics=[
            _accuracy(setup.accuracy),
            *(_made("metric", _name_of(one), _metric, one, module) for one in setup.metrics),
        ],
        # Compiling by XLA takes longer than most runs of a lab last.
        jit_compile=False,
    )


def labels_for(setup: Setup, classes: int, y: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """Class numbers of shape `(n,)` in the form that the loss takes (see `LabelForm`)."""
    if setup.label_form == LabelForm.ONE_HOT:
        rows = np.zeros((len(y), classes), np.float32)
        rows[np.arange(len(y)), y] = 1
        return rows
    return y[:, np.newaxis].astype(np.float32) if setup.label_form == LabelForm.COLUMN else y


def labels_of_loss(setup: Setup, classes: int, module: UserModule) -> str:
    """The form of labels (see `LabelForm`) that a loss of the user's own takes, found by trying.

    Args:
        setup: With the likely form.
        classes: How many classes there are; the model gives a number for each, or one in all.
        module: What the user's module defines.

    Returns:
        The likely form, unless the loss fails on it and works on the other.
    """
    if setup.label_form == LabelForm.COLUMN:
        return setup.label_form
    loss = _made("loss", str(setup.loss), _loss, setup.loss, module)
    # More samples than classes, so that labels in the wrong form do not happen to fit.
    numbers = np.arange(classes + 1) % classes
    outputs = np.full((classes + 1, classes), 1 / classes, np.float32)
    other = LabelForm.ONE_HOT if setup.label_form == LabelForm.NUMBERS else LabelForm.NUMBERS
    for form in (setup.label_form, other):
        try:
            # As float32, as Keras gives them.
            loss(
                labels_for(replace(setup, label_form=form), classes, numbers).astype("f4"), outputs
            )
        except Exception:
            continue  # The user's own code: it may raise anything. Training reports it.
        return form
    return setup.label_form


def _made(what: str, name: str, make: Any, value: Any, module: UserModule) -> Any:
    try:
        return make(value, module)
    except PrunelabError:
        raise
    except Exception as error:
        # Constructors of Keras, or of the user's own, refuse values with errors of every kind.
        raise PrunelabError(
            f"{what} {name} cannot be made ({error_line(error)}): mend it"
        ) from error


def _loss(loss: Loss, module: UserModule) -> Any:
    if loss.builtin:
        return getattr(keras.losses, loss.name).from_config(dict(loss.values))
    if loss.serialised is not None:
        return module.deserialized(keras.losses.deserialize, loss.serialised)
    return module.called(loss.name, loss.values)


def _optimizer(optimizer: Optimizer, module: UserModule) -> Any:
    if optimizer.serialised is not None:
        return module.deserialized(_of_keras, optimizer.serialised)
    if optimizer.builtin:
        return getattr(keras.optimizers, optimizer.name)(**optimizer.values)
    return module.called(optimizer.name, optimizer.values)


def _of_keras(serialised: Any) -> Any:
    """An optimizer; Keras's own `deserialize` does not know all of its classes by name."""
    found = getattr(keras.optimizers, serialised["class_name"], None)
    if found is None:
        return keras.optimizers.deserialize(serialised)
    return found.from_config(serialised["config"])


def _metric(serialised: Any, module: UserModule) -> Any:
    if isinstance(serialised, str):
        return serialised
    return module.deserialized(keras.metrics.deserialize, serialised)


def _accuracy(accuracy: Accuracy) -> Any:
    kind, threshold = accuracy.value
    values = {} if threshold is None else {"threshold": threshold}
    return getattr(keras.metrics, kind)(name="accuracy", **values)


def _name_of(serialised: Any) -> str:
    return str(serialised.get("class_name")) if isinstance(serialised, dict) else str(serialised)
