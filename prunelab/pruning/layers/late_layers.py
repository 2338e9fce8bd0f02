"""Layers that Keras builds only while it trains: found before their first step, or right after."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from prunelab.keras_internals.layer_parts import layers_inside
from prunelab.schedules import PruningSchedule

__all__ = ["has_unbuilt", "last_update_step"]


def has_unbuilt(model: Any) -> bool:
    """Whether a layer in a model is not built: it may be, in training, or never be used."""
    return not all(layer.built for layer in layers_inside(model))


def last_update_step(schedules: Iterable[PruningSchedule], step: int) -> int:
    """The last step up to a given one at which masks changed; 0 without any.

    Schedules that answer a step at a time are not asked again.
    """
    steps = np.arange(1, step + 1)
    due = [schedule.on(steps)[0] for schedule in schedules if schedule.vectorised]
    updates = steps[np.any(due, axis=0)] if due else steps[:0]
    return int(updates.max(initial=0))
