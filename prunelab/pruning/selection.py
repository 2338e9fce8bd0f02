"""Which weights are kept: the k of largest magnitude. NumPy only, no Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.errors import PrunelabError

__all__ = ["Selector", "keep_count", "select"]

Floats = npt.NDArray[np.floating[Any]]
Mask = npt.NDArray[np.bool_]

_MAGNITUDE = np.int32(0x7FFFFFFF)
_INFINITY = np.int32(0x7F800000)

_COUNTED_BY_FLOAT32 = 2**24

# From here on a look for zeros costs less than what partitioning many equal values costs.
_LARGE = 100_000


def keep_count(size: int, density: np.float32) -> int:
    """Number of weights to keep: `round(size * density)`, half to even, at least 1.

    The product is float32's, as in the reference, up to the largest size below which float32
    counts one by one (2 ** 24); the reference is off by a few weights above it, and this is exact.

    Args:
        size: Number of weights.
        density: Share of them to keep, float32 (`PruningSchedule.density`).

    Source: `_update_mask` in tensorflow_model_optimization 0.8.1.
    """
    exact = size > _COUNTED_BY_FLOAT32
    kept = size * float(density) if exact else float(np.float32(size) * np.float32(density))
    # Python rounds halves to even, as the reference does.
    return max(round(kept), 1)


class Selector:
    """Selects by magnitude, again and again, in one buffer of 4 bytes a weight."""

    def __init__(self) -> None:
        self._buffer = np.empty(0, np.int32)

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
        # The bits of a non-negative float order as the float does, and integers partition faster.
        bits = np.ascontiguousarray(weights, dtype=np.float32).view(np.int32)
        if bits.size < _LARGE:
            small = bits & _MAGNITUDE
            threshold = _kth_largest(small.reshape(-1).copy(), keep)
            return small >= threshold, float(threshold.view(np.float32))
        bits = bits.reshape(-1)
        if self._buffer.size < bits.size:
            self._buffer = np.empty(bits.size, np.int32)
        magnitude = self._buffer[: bits.size]
        np.bitwise_and(bits, _MAGNITUDE, out=magnitude)
        threshold = _kth_largest(magnitude, keep)
        # Partitioning has moved them; one more pass is cheaper than a second buffer.
        np.bitwise_and(bits, _MAGNITUDE, out=magnitude)
        return (magnitude >= threshold).reshape(weights.shape), float(threshold.view(np.float32))


def select(weights: Floats, keep: int) -> tuple[Mask, float]:
    """Chooses the weights of largest magnitude, once: see `Selector.select`."""
    return Selector().select(weights, keep)


def _kth_largest(magnitude: npt.NDArray[np.int32], keep: int) -> np.int32:
    """The `keep`-th largest of some magnitudes, which are put into another order."""
    place = magnitude.size - keep
    if magnitude.size >= _LARGE:
        zeros = magnitude.size - int(np.count_nonzero(magnitude))
        if zeros > magnitude.size // 4:
            # Equal values slow a partition down some 15 times: what masks left at zero stays out.
            magnitude = magnitude[magnitude != 0]
            if place < zeros:
                _check_finite(magnitude)
                return np.int32(0)
            place -= zeros
    magnitude.partition(place)
    _check_finite(magnitude[place:])
    return np.int32(magnitude[place])


def _check_finite(largest: npt.NDArray[np.int32]) -> None:
    if largest.max(initial=0) >= _INFINITY:
        raise PrunelabError(
            "a weight is NaN or infinite, so magnitudes cannot be ranked: "
            "train with a lower learning rate"
        )
