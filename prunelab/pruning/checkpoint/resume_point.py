"""`ResumePoint`: where a callback has left a model, by which it or a copy of it goes on."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.pruning.checkpoint.process_local import ProcessLocal
from prunelab.pruning.checkpoint.state_file import PruningState
from prunelab.pruning.pruned_weights import NewMask, PrunedWeights

__all__ = ["ResumePoint"]


class ResumePoint:
    """How far a callback was, and in which weights.

    Args:
        state: The pruning state at that time.
        weights: What was pruned.

    Attributes:
        state: The same.
    """

    def __init__(self, state: PruningState, weights: PrunedWeights) -> None:
        self.state = state
        self._kernels = ProcessLocal([weakref.ref(weight.kernel) for weight in weights])

    def __getstate__(self) -> dict[str, Any]:
        # Compressed: a byte a weight, and what was dropped besides, are much for a pickle.
        return {"state": self.state.to_bytes(), "kernels": self._kernels}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.state = PruningState.from_bytes(state["state"])
        self._kernels = state["kernels"]

    @property
    def masks(self) -> dict[str, npt.NDArray[np.bool_]]:
        """The masks by variable path, as `PruneLowMagnitude.masks`."""
        return {weight.path: weight.mask.copy() for weight in self.state.weights}

    @property
    def sparsity(self) -> float:
        """Fraction of all these weights that the masks drop."""
        masks = [weight.mask for weight in self.state.weights]
        nonzero = sum(int(np.count_nonzero(mask)) for mask in masks)
        return 1.0 - nonzero / sum(mask.size for mask in masks)

    def is_in(self, kernels: Sequence[Any]) -> bool:
        """Whether these kernels are as they were left: the same ones, or loaded from a file.

        Where a weight was dropped, others than those would hold another number than 0.
        """
        known = [reference() for reference in self._kernels.value or ()]
        if [id(kernel) for kernel in known] == [id(kernel) for kernel in kernels]:
            return True
        masks = [weight.mask for weight in self.state.weights]
        if [mask.shape for mask in masks] != [tuple(kernel.shape) for kernel in kernels]:
            return False
        pairs = [(mask, kernel.numpy()) for mask, kernel in zip(masks, kernels, strict=True)]
        return (
            any(not mask.all() for mask in masks)
            and all(values[mask].any() for mask, values in pairs)
            and not any(values[~mask].any() for mask, values in pairs)
        )

    def put_into(self, weights: PrunedWeights) -> None:
        """Puts the masks in place; the weights themselves are as they were left."""
        pairs = zip(weights, self.state.weights, strict=True)
        weights.set_masks(
            [NewMask(weight, left.mask.copy(), left.threshold) for weight, left in pairs]
        )
