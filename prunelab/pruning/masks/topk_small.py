"""`SmallTopK`: selection in a few small arrays at once. NumPy only, no Keras."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from prunelab.errors import PrunelabError
from prunelab.pruning.masks.magnitude_bits import INFINITY, NOT_FINITE
from prunelab.pruning.masks.mask import Mask

__all__ = ["SmallTopK"]

# A partition takes a third of what sorting does, but many equal values, such as zeros that masks
# leave and that get no gradient, slow it down up to 40 times. How many there are changes slowly,
# so it is counted at the first and then at every so many selections.
_MANY = 0.4
_COUNTED_EVERY = 16


class _Part(NamedTuple):
    """The buffers of one array: its magnitudes, and a copy that is put in order."""

    magnitudes: npt.NDArray[np.float32]
    bits: npt.NDArray[np.int32]
    copy: npt.NDArray[np.float32]
    ordered: npt.NDArray[np.int32]


class SmallTopK:
    """Selects by magnitude in arrays of given shapes, again and again.

    Between two steps of a small model a call into NumPy costs more than its work does: here are as
    few as can be, and no memory is asked for. It keeps 8 bytes for each weight.

    Args:
        shapes: Of the arrays; none is empty.
    """

    def __init__(self, shapes: Sequence[tuple[int, ...]]) -> None:
        starts = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)]).tolist()
        self._magnitudes = np.empty(starts[-1], np.float32)
        self._copy = np.empty_like(self._magnitudes)
        # The bits of a non-negative float order as the float does, and integers sort faster.
        self._bits = self._copy.view(np.int32)
        self._parts = []
        for shape, (first, end) in zip(shapes, pairwise(starts), strict=True):
            magnitudes = self._magnitudes[first:end].reshape(shape)
            part = _Part(
                magnitudes,
                magnitudes.view(np.int32),
                self._copy[first:end],
                self._bits[first:end],
            )
            self._parts.append(part)
        self._selections = 0
        self._has_many_zeros = [False] * len(shapes)

    def select(
        self,
        weights: Sequence[npt.NDArray[Any]],
        keep: Sequence[int],
        out: Sequence[Mask | None],
    ) -> list[tuple[Mask, float]]:
        """Chooses of each array the weights of largest magnitude, as `Selector.select` does.

        Args:
            weights: The arrays, of the given shapes.
            keep: How many to keep of each.
            out: Where to write the mask of each; None for a new array.

        Returns:
            For each its mask and threshold.

        Raises:
            PrunelabError: where a weight is NaN or infinite; no mask has changed then.
        """
        for array, (magnitudes, *_) in zip(weights, self._parts, strict=True):
            np.absolute(array, magnitudes)
        # As good as a copy: what was just called is called again at half the cost.
        np.absolute(self._magnitudes, self._copy)
        # Not their maximum: NumPy takes a longer way there, and between steps the way is all.
        if self._bits[self._bits.argmax()] >= INFINITY:
            raise PrunelabError(NOT_FINITE)
        if self._selections % _COUNTED_EVERY == 0:
            self._count_zeros()
        self._selections += 1
        selected = []
        for (_, bits, copy, ordered), count, mask_memory, many in zip(
            self._parts, keep, out, self._has_many_zeros, strict=True
        ):
            first = ordered.size - count
            if many:
                ordered.sort()
            else:
                ordered.partition(first)
            mask = np.greater_equal(bits, ordered[first], mask_memory)
            selected.append((mask, float(copy[first])))
        return selected

    def _count_zeros(self) -> None:
        self._has_many_zeros = [
            part.bits.size - int(np.count_nonzero(part.bits)) > _MANY * part.bits.size
            for part in self._parts
        ]
