"""`Few`: selection in a few small arrays at once. NumPy only, no Keras."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.errors import PrunelabError
from prunelab.pruning.finite import INFINITY, MAGNITUDE, NOT_FINITE

__all__ = ["Few"]

# A partition takes a third of what sorting does, but many equal values, such as zeros that masks
# leave and that get no gradient, slow it down up to 40 times. How many there are changes slowly,
# so it is counted at the first and then at every so many selections.
_MANY = 0.4
_COUNTED_EVERY = 16


class Few:
    """Selects by magnitude in arrays of given shapes, again and again.

    Between two steps of a small model a call into NumPy costs more than its work does: here are as
    few as can be, and no memory is asked for. It keeps 12 bytes for each weight.

    Args:
        shapes: Of the arrays; none is empty.
    """

    def __init__(self, shapes: Sequence[tuple[int, ...]]) -> None:
        starts = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)]).tolist()
        self._values = np.empty(starts[-1], np.float32)
        # The bits of a non-negative float order as the float does, and integers sort faster.
        self._bits = self._values.view(np.int32)
        self._magnitudes = np.empty_like(self._bits)
        self._ordered = np.empty_like(self._bits)
        self._parts = [
            (self._ordered[first:end], self._magnitudes[first:end].reshape(shape))
            for shape, (first, end) in zip(shapes, pairwise(starts), strict=True)
        ]
        self._selections = 0
        self._has_many_zeros = [False] * len(shapes)

    def select(
        self,
        weights: Sequence[npt.NDArray[Any]],
        keep: Sequence[int],
        places: Sequence[npt.NDArray[np.bool_] | None],
    ) -> list[tuple[npt.NDArray[np.bool_], float]]:
        """Chooses of each array the weights of largest magnitude, as `Selector.select` does.

        Args:
            weights: The arrays, of the given shapes.
            keep: How many to keep of each.
            places: Where to put the mask of each; None for a new array.

        Returns:
            For each its mask and threshold.

        Raises:
            PrunelabError: where a weight is NaN or infinite; no mask has changed then.
        """
        np.concatenate(weights, axis=None, out=self._values)
        # Twice the same, and no copy: what was just called is called again at half the cost.
        np.bitwise_and(self._bits, MAGNITUDE, self._magnitudes)
        np.bitwise_and(self._bits, MAGNITUDE, self._ordered)
        if np.maximum.reduce(self._magnitudes) >= INFINITY:
            raise PrunelabError(NOT_FINITE)
        if self._selections % _COUNTED_EVERY == 0:
            self._count_zeros()
        self._selections += 1
        chosen = []
        for (ordered, magnitudes), kept, place, many in zip(
            self._parts, keep, places, self._has_many_zeros, strict=True
        ):
            first = ordered.size - kept
            if many:
                ordered.sort()
            else:
                ordered.partition(first)
            threshold = ordered[first]
            mask = np.greater_equal(magnitudes, threshold, place)
            chosen.append((mask, float(threshold.view(np.float32))))
        return chosen

    def _count_zeros(self) -> None:
        self._has_many_zeros = [
            magnitudes.size - int(np.count_nonzero(magnitudes)) > _MANY * magnitudes.size
            for _, magnitudes in self._parts
        ]
