"""The pruning state as it is, and how it is put back into a model's weights."""

from __future__ import annotations

import numpy as np

from prunelab.errors import UsageError
from prunelab.pruning.checkpoint.state_file import PruningState, WeightState
from prunelab.pruning.pruned_weights import NewMask, PrunedWeights

__all__ = ["put_back", "state_of"]


def state_of(step: int, weights: PrunedWeights, masked: bool) -> PruningState:
    """The pruning state as it is.

    Args:
        step: The step that was reached.
        weights: All weights under pruning.
        masked: Whether the masks count as applied already, so that what was dropped is zero.
    """
    states = []
    for weight in weights:
        mask, values = weight.mask(), np.asarray(weight.kernel.numpy())
        dropped = values[~mask]
        if masked:
            dropped = np.zeros_like(dropped)
        states.append(WeightState(weight.path, mask, weight.threshold, dropped))
    return PruningState(step, states)


def put_back(state: PruningState, weights: PrunedWeights) -> None:
    """Puts masks, thresholds and what they had dropped back into a model's weights.

    Raises:
        UsageError: where the state is that of other weights; they are not touched then.
    """
    theirs = [weight.mask.shape for weight in state.weights]
    ours = [weight.shape for weight in weights]
    if theirs != ours:
        raise UsageError(
            f"the pruning state is for weights of shapes {theirs}, the model has {ours}: "
            "resume with the model that it was saved from"
        )
    for weight, saved in zip(weights, state.weights, strict=True):
        values = np.array(weight.kernel.numpy())
        values[~saved.mask] = np.frombuffer(saved.dropped.tobytes(), values.dtype)
        weight.kernel.assign(values)
    weights.set_masks(
        [
            NewMask(weight, saved.mask, saved.threshold)
            for weight, saved in zip(weights, state.weights, strict=True)
        ]
    )
