"""Which weights are kept: the k of largest magnitude. NumPy only, no Keras."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from prunelab.pruning.masks.mask import Mask
from prunelab.pruning.masks.topk_large import LargeTopK
from prunelab.pruning.masks.topk_small import SmallTopK

__all__ = ["LARGE", "FoundThreshold", "Selector", "keep_count", "select"]

Floats = npt.NDArray[np.floating[Any]]

_COUNTED_BY_FLOAT32 = 2**24

# From so many weights on a search for the threshold is faster than either of NumPy's ways.
LARGE = 50_000


def keep_count(size: int, density: np.float32) -> int:
    """Number of weights to keep: `round(size * density)`, half to even, at least 1.

    The product is float32's, as in the reference, up to the largest size below which float32
    counts one by one (2 ** 24); the reference is off by a few weights above it, and this is exact.

    Args:
        size: Number of weights.
        density: Share of them to keep, float32 (`PruningSchedule.density`).

    Source: `_update_mask` in tensorflow_model_optimization 0.8.1.
    """
    count = size * float(density)
    if size <= _COUNTED_BY_FLOAT32:
        # Both factors are of 24 bits, so a float64 holds their product until it is rounded here.
        count = float(np.float32(count))
    # Python rounds halves to even, as the reference does.
    return max(round(count), 1)


class FoundThreshold(NamedTuple):
    """The threshold that was found of a large array, before there is a mask.

    Attributes:
        weights: The bits of the array, of its shape.
        threshold: The bits of the threshold.
        search: What found it.
    """

    weights: npt.NDArray[np.int32]
    threshold: np.int32
    search: LargeTopK

    def mask(self, out: Mask | None) -> tuple[Mask, float]:
        """The mask, in a given array (C-contiguous) or in a new one, and the threshold."""
        mask = np.empty(self.weights.shape, np.bool_) if out is None else out
        self.search.mark(self.weights.reshape(-1), self.threshold, mask.reshape(-1))
        return mask, float(self.threshold.view(np.float32))


class Selector:
    """Selects by magnitude, again and again, with what it has sampled of each size."""

    def __init__(self) -> None:
        self._searches: dict[int, LargeTopK] = {}

    def select(self, weights: Floats, keep: int) -> tuple[Mask, float]:
        """Chooses the weights of largest magnitude.

        Args:
            weights: Array of floats of any shape, finite; they are ranked as float32.
            keep: How many to keep, from 1 to their number; all that tie with the last one are kept.

        Returns:
            The mask (bool, of the shape of `weights`; True is kept) and the threshold: the
            magnitude of the `keep`-th largest weight.

        Raises:
            PrunelabError: where a weight is NaN or infinite.
        """
        if weights.size >= LARGE:
            return self.find(weights, keep).mask(None)
        return SmallTopK([weights.shape]).select([weights], [keep], [None])[0]

    def find(self, weights: Floats, keep: int) -> FoundThreshold:
        """The threshold of a large array: with its mask, what `select` gives.

        Raises:
            PrunelabError: where a weight is NaN or infinite.
        """
        # The bits of a non-negative float order as the float does, and integers sort faster.
        bits = np.ascontiguousarray(weights, dtype=np.float32).view(np.int32)
        search = self._searches.get(bits.size)
        if search is None:
            search = self._searches[bits.size] = LargeTopK(bits.size)
        return FoundThreshold(bits, search.threshold(bits.reshape(-1), keep), search)


def select(weights: Floats, keep: int) -> tuple[Mask, float]:
    """Chooses the weights of largest magnitude, once: see `Selector.select`."""
    return Selector().select(weights, keep)
