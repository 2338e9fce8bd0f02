"""`UpdateRecord`: what pruning did at one step, for whoever follows it."""

from __future__ import annotations

from typing import NamedTuple

from prunelab.pruning.pruned_weights import PrunedWeights

__all__ = ["MaskRecord", "UpdateRecord", "masks_now"]


class MaskRecord(NamedTuple):
    """The mask of one weight after an update.

    Attributes:
        path: The variable's path in the model.
        sparsity: Fraction of the mask that is False.
        threshold: The magnitude below which elements were dropped.
    """

    path: str
    sparsity: float
    threshold: float


class UpdateRecord(NamedTuple):
    """What pruning did at one step, before its batch trains.

    Attributes:
        step: The step, from 1; it goes on where an earlier `fit` ended.
        scheduled_sparsity: What the schedules ask for of all weights together, as a fraction.
        masks: The masks of all weights after an update; none where masks stayed as they were.
    """

    step: int
    scheduled_sparsity: float
    masks: tuple[MaskRecord, ...]


def masks_now(weights: PrunedWeights) -> tuple[MaskRecord, ...]:
    """The masks as they are now; they are counted."""
    return tuple(MaskRecord(weight.path, weight.sparsity, weight.threshold) for weight in weights)
