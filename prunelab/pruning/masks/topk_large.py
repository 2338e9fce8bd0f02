"""`LargeTopK`: the k-th largest of many magnitudes, in a few passes over them. NumPy only."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from prunelab.errors import PrunelabError
from prunelab.pruning.masks.magnitude_bits import INFINITY, MAGNITUDE, NOT_FINITE
from prunelab.pruning.masks.mask import Mask

__all__ = ["LargeTopK"]

Bits = npt.NDArray[np.int32]

# Weights looked at together: 0.5 MB, so that every pass but the first finds them in the cache.
_PART = 2**17

# The share of weights that is looked at to guess where the threshold lies, the most of them, and
# how far it may lie from there in standard deviations of the guess: farther, the search takes
# longer, no more.
_SHARE = 1 / 32
_SAMPLE = 2**16
_DEVIATIONS = 3.5


class LargeTopK:
    """Selects by magnitude in arrays of one size.

    A sample gives two bounds between which the threshold almost surely lies. One pass counts what
    is above them and gathers the few weights between, and only those are partitioned. Beside the
    mask it needs 4 bytes for each of some 1 in 50 weights.

    Args:
        size: Number of weights.

    Attributes:
        sample_indices: Where the sample is taken.
    """

    def __init__(self, size: int) -> None:
        # At random, but always the same: any regular choice could follow the rows of a kernel.
        count = min(int(size * _SHARE), _SAMPLE)
        self.sample_indices = np.sort(np.random.default_rng(size).integers(0, size, count))
        self._buffer = np.empty(min(size, _PART), np.int32)

    def threshold(self, bits: Bits, keep: int) -> np.int32:
        """The bits of the magnitude of the `keep`-th largest weight.

        Args:
            bits: The bits of float32 weights, of 1 dimension.
            keep: From 1 to their number.

        Raises:
            PrunelabError: where a weight is NaN or infinite.
        """
        low, high = self._bounds(bits, keep)
        above, between = self._gather(bits, low, high)
        if above < keep <= above + between.size:
            return low if low == high else _kth_largest(between, keep - above)
        if low > 1 or keep <= above:
            # The sample was unlike the rest.
            above, between = self._gather(bits, np.int32(1), INFINITY)
            if keep <= between.size:
                return _kth_largest(between, keep)
        return np.int32(0)

    def mark(self, bits: Bits, threshold: np.int32, mask: Mask) -> None:
        """Sets a mask, of 1 dimension: True where a weight reaches a threshold."""
        for first in range(0, bits.size, _PART):
            part = self._magnitudes(bits, first)
            np.greater_equal(part, threshold, out=mask[first : first + _PART])

    def _magnitudes(self, bits: Bits, first: int) -> Bits:
        part = bits[first : first + _PART]
        return np.bitwise_and(part, MAGNITUDE, out=self._buffer[: part.size])

    def _bounds(self, bits: Bits, keep: int) -> tuple[np.int32, np.int32]:
        """Two magnitudes from 1 on that the threshold should lie between."""
        sample = np.sort(bits[self.sample_indices] & MAGNITUDE)
        share = 1 - keep / bits.size
        margin = _DEVIATIONS * (np.sqrt(sample.size * share * (1 - share)) + 1)
        first, last = int(share * sample.size - margin), int(share * sample.size + margin)
        # Zeros are many, as masks leave them, and stay out.
        low = max(sample[first], np.int32(1)) if first > 0 else np.int32(1)
        high = max(sample[last], low) if last < sample.size else INFINITY
        return low, high

    def _gather(self, bits: Bits, low: np.int32, high: np.int32) -> tuple[int, Bits]:
        """How many magnitudes are above `high`, and all that are from `low` to `high`."""
        above, between = 0, []
        for first in range(0, bits.size, _PART):
            part = self._magnitudes(bits, first)
            if part.max() >= INFINITY:
                raise PrunelabError(NOT_FINITE)
            larger = part > high
            above += int(np.count_nonzero(larger))
            larger ^= part >= low
            between.append(part.compress(larger))
        return above, np.concatenate(between)


def _kth_largest(magnitudes: Bits, keep: int) -> np.int32:
    magnitudes.partition(magnitudes.size - keep)
    return np.int32(magnitudes[magnitudes.size - keep])
