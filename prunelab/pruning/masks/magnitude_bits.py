"""Magnitudes as integers, and which of them are of no finite number. NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.errors import PrunelabError

__all__ = ["INFINITY", "MAGNITUDE", "NOT_FINITE", "ranked_bits"]

# Of the bits of a float32: all but the sign, and what only NaN and infinity reach.
MAGNITUDE = np.int32(0x7FFFFFFF)
INFINITY = np.int32(0x7F800000)

NOT_FINITE = (
    "a weight is NaN or infinite, so masks cannot be chosen: train with a lower learning rate"
)


def ranked_bits(weights: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    """The magnitudes of weights, as int32 that order as they do.

    Args:
        weights: Array of floats of any shape.

    Returns:
        Their float32 bits without the sign, of the same shape.

    Raises:
        PrunelabError: where a weight is NaN or infinite.
    """
    bits = np.ascontiguousarray(weights, dtype=np.float32).view(np.int32) & MAGNITUDE
    if bits.max(initial=0) >= INFINITY:
        raise PrunelabError(NOT_FINITE)
    return bits
