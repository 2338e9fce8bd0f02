"""Layers that Keras builds only while it trains: found before their first step, or right after."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import numpy as np
import tensorflow as tf

from prunelab.keras_internals.layer_parts import layers_inside
from prunelab.schedules import PruningSchedule

__all__ = ["build_by_tracing", "has_unbuilt", "last_turn"]


def has_unbuilt(model: Any) -> bool:
    """Whether a layer in a model is not built: it may be, in training, or never be used."""
    return not all(layer.built for layer in layers_inside(model))


def build_by_tracing(step: Callable[[Any], Any], data: Any) -> bool:
    """Builds all that a training step builds, and trains nothing.

    Args:
        step: The training step.
        data: A batch, as tensors or while the step itself is being traced.

    Returns:
        Whether it could be traced; a step that only runs eagerly cannot. Any other reason shows
        when it is traced for good.
    """
    with suppress(Exception):
        tf.function(step, autograph=False).get_concrete_function(data)
        return True
    return False


def last_turn(schedules: Iterable[PruningSchedule], step: int) -> int:
    """The last step up to a given one at which masks changed; 0 without any.

    Schedules that answer a step at a time are not asked again.
    """
    steps = np.arange(1, step + 1)
    due = [schedule.on(steps)[0] for schedule in schedules if schedule.vectorised]
    turns = steps[np.any(due, axis=0)] if due else steps[:0]
    return int(turns.max(initial=0))
