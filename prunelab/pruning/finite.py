"""Magnitudes as integers, for rules that rank without a `Selector`. NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.errors import PrunelabError

__all__ = ["ranked_bits"]

_MAGNITUDE = np.int32(0x7FFFFFFF)
_INFINITY = np.int32(0x7F800000)


def ranked_bits(weights: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    """The magnitudes of weights, as int32 that order as they do.

    Args:
        weights: Array of floats of any shape.

    Returns:
        Their float32 bits without the sign, of the same shape.

    Raises:
        PrunelabError: where a weight is NaN or infinite.
    """
    bits = np.ascontiguousarray(weights, dtype=np.float32).view(np.int32) & _MAGNITUDE
    if bits.max(initial=0) >= _INFINITY:
        raise PrunelabError(
            "a weight is NaN or infinite, so masks cannot be chosen: "
            "train with a lower learning rate"
        )
    return bits
