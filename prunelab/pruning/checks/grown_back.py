"""Weights that were dropped and are trained on without pruning: a warning says so."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from prunelab.errors import warn
from prunelab.pruning.layers.prunable_weights import sparsity_of
from prunelab.pruning.pruned_weights import PrunedWeights

__all__ = ["GROWN", "note_pruned", "warn_if_grown", "warn_if_pruned_before"]

# What ties and rounding may leave is no weight that grew back.
GROWN = 0.005

# Not on the model: when pruning is over, the model is as it was.
_PRUNED: weakref.WeakSet[Any] = weakref.WeakSet()


def note_pruned(model: Any) -> None:
    """Notes that pruning has left a model, and that nothing holds its zeros from now on."""
    _PRUNED.add(model)


def warn_if_pruned_before(model: Any) -> None:
    """Warns as a `fit` without pruning begins on a model that was pruned in this process."""
    sparsity = sparsity_of(model) if model in _PRUNED else None
    if sparsity:
        warn(
            f"model {model.name!r} is {sparsity:.2%} sparse, and this fit has no "
            "PruneLowMagnitude: its dropped weights grow back. Leave the callback in to keep "
            "them at zero"
        )


def warn_if_grown(model: Any, weights: PrunedWeights) -> None:
    """Warns as pruning goes on with weights that are not as it left them."""
    size = sum(weight.size for weight in weights)
    grown = sum(
        int(np.count_nonzero(value[~weight.mask()]))
        for weight, value in zip(weights, weights.values(), strict=True)
    )
    if size and grown > GROWN * size:
        warn(
            f"model {model.name!r} was {weights.sparsity:.2%} sparse when PruneLowMagnitude left "
            f"it, and {grown / size:.2%} of its weights have grown back since, as in a fit without "
            "the callback: their masks hold again from the first step on"
        )
