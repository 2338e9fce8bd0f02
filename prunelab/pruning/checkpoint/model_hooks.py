"""`ModelHooks`: what stands at a model's own methods while it is pruned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prunelab.errors import warn
from prunelab.keras_internals.method_patch import MethodPatch
from prunelab.keras_internals.trainer_parts import at_epoch_end
from prunelab.pruning.backend import Backend
from prunelab.pruning.checkpoint.masked_exports import MaskedExports
from prunelab.pruning.checkpoint.state_file import PruningState
from prunelab.pruning.mid_step import MidStep
from prunelab.pruning.pruned_weights import NewMask, PrunedWeights

__all__ = ["ModelHooks"]


class ModelHooks:
    """Replaces methods of one model's instance until it is closed.

    Whatever leaves the model is masked, and weights that were handed out and are brought back get
    the masks of their time.

    Args:
        model: The model.
        weights: What of it is pruned.
        backend: What computes it.
        state: Gives the pruning state as it is now.
        calls: Whether calls of the model from between two batches are masked here.
    """

    def __init__(
        self,
        model: Any,
        weights: PrunedWeights,
        backend: Backend,
        state: Callable[[], PruningState],
        calls: bool,
    ) -> None:
        self._weights = weights
        self._exports = MaskedExports(model, weights, backend, state, calls)
        self._patch = MethodPatch(model)
        self._patch.replace("set_weights", self._set_weights)
        # Before any callback: what those before the pruning see and save is what those after do.
        at_epoch_end(self._patch, weights.apply_masks)

    def rest(self, resting: bool) -> None:
        """Leaves the weights that leave the model as they are, or masks them again."""
        self._exports.is_resting = resting

    @property
    def mid_step(self) -> MidStep:
        """What a training step, which masks all weights as it begins, opens for its time."""
        return self._exports.mid_step

    def close(self) -> None:
        """Leaves the model with its own methods."""
        self._exports.close()
        self._patch.restore()

    def _set_weights(self, own: Callable[..., Any], values: list[Any]) -> None:
        own(values)
        masks = self._exports.masks_given_with(values)
        if masks is None:
            return
        before = self._weights.sparsity
        self._weights.set_masks(
            [NewMask(weight, *one) for weight, one in zip(self._weights, masks, strict=True)]
        )
        now = self._weights.sparsity
        if now != before:
            warn(
                f"the weights that were brought back are of sparsity {now:.3f}, not {before:.3f}: "
                "their masks came back with them"
            )
