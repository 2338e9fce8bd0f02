"""Which weights are kept: the k of largest magnitude. NumPy only, no Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.errors import PrunelabError

__all__ = ["keep_count", "select"]

_MAGNITUDE = np.int32(0x7FFFFFFF)
_INFINITY = np.int32(0x7F800000)


def keep_count(size: int, density: np.float32) -> int:
    """Number of weights to keep: `round(size * density)` in float32, half to even, at least 1.

    Args:
        size: Number of weights.
        density: Share of them to keep, float32 (`PruningSchedule.density`).

    Source: `_update_mask` in tensorflow_model_optimization 0.8.1.
    """
    return max(int(np.round(np.float32(size) * np.float32(density))), 1)


def select(
    weights: npt.NDArray[np.floating[Any]], keep: int
) -> tuple[npt.NDArray[np.bool_], float]:
    """Chooses the weights of largest magnitude.

    Args:
        weights: Array of floats of any shape, finite; they are ranked as float32.
        keep: How many to keep, at least 1; all weights that tie with the last one are kept too.

    Returns:
        The mask (bool, of the shape of `weights`; True is kept) and the threshold: the magnitude
        of the `keep`-th largest weight.

    Raises:
        PrunelabError: where a weight is NaN or infinite.
    """
    # The bits of a non-negative float order as the float does, and integers partition faster.
    plain = np.ascontiguousarray(weights, dtype=np.float32)
    magnitude: npt.NDArray[Any] = plain.reshape(-1).view(np.int32)
    magnitude = magnitude & _MAGNITUDE
    if magnitude.max(initial=0) >= _INFINITY:
        raise PrunelabError(
            "a weight is NaN or infinite, so magnitudes cannot be ranked: "
            "train with a lower learning rate"
        )
    place = magnitude.size - keep
    threshold = np.partition(magnitude, place)[place]
    mask = (magnitude >= threshold).reshape(weights.shape)
    return mask, float(threshold.view(np.float32))
