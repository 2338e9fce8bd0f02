"""What a callback wraps around a model's training step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

__all__ = ["StepWrapper", "TrainStep", "WrapOrder"]

TrainStep = Callable[[Any], Any]


class WrapOrder(IntEnum):
    """Who wraps a training step, the innermost first: what is recorded is what masks left."""

    RECORD = 0
    MASK = 1

    @property
    def callback(self) -> str:
        """The callback that users know it by."""
        return {WrapOrder.RECORD: "RunRecorder", WrapOrder.MASK: "PruneLowMagnitude"}[self]


@dataclass(frozen=True, eq=False)
class StepWrapper:
    """What one callback wraps around a model's training.

    Attributes:
        order: Where it stands among the others.
        step: Given a training step, returns the step that is to be traced instead.
        broken: Called when the next `fit` finds that this one broke off and left its work here.
        call: Given the compiled function and its argument, calls it; None for a plain call.
    """

    order: WrapOrder
    step: Callable[[TrainStep], TrainStep]
    broken: Callable[[], None] = lambda: None
    call: Callable[[Callable[[Any], Any], Any], Any] | None = None
