"""`ManyTopK`: selection in all weights of a model, each by itself. NumPy only, no Keras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.pruning.masks.mask import Mask
from prunelab.pruning.masks.topk import LARGE, Selector
from prunelab.pruning.masks.topk_small import SmallTopK

__all__ = ["ManyTopK"]

# Small arrays of no more weights are ranked together, in buffers that stay.
_TOGETHER = 100_000


class ManyTopK:
    """Selects by magnitude in arrays of given shapes, again and again.

    Args:
        shapes: Of the arrays; none is empty.
    """

    def __init__(self, shapes: Sequence[tuple[int, ...]]) -> None:
        sizes = [int(np.prod(shape)) for shape in shapes]
        small = [number for number, size in enumerate(sizes) if size < LARGE]
        are_together = sum(sizes[number] for number in small) <= _TOGETHER
        self._large = [number for number, size in enumerate(sizes) if size >= LARGE]
        self._together, self._alone = (small, []) if are_together else ([], small)
        self._small = SmallTopK([shapes[number] for number in self._together])
        self._selector = Selector()

    def select(
        self,
        weights: Sequence[npt.NDArray[Any]],
        keep: Sequence[int],
        out: Sequence[Mask | None],
    ) -> list[tuple[Mask, float]]:
        """Chooses of each array the weights of largest magnitude, as `SmallTopK.select` does.

        An array of `out`, which is C-contiguous, may be used or left: the mask may be a new one.
        """
        if not self._large and not self._alone:
            return self._small.select(weights, keep, out)
        # All that may fail comes before any mask changes.
        selected = {
            number: self._selector.select(weights[number], keep[number]) for number in self._alone
        }
        found = {
            number: self._selector.find(weights[number], keep[number]) for number in self._large
        }
        if self._together:
            small = self._small.select(
                [weights[number] for number in self._together],
                [keep[number] for number in self._together],
                [out[number] for number in self._together],
            )
            selected.update(zip(self._together, small, strict=True))
        selected.update((number, one.mask(out[number])) for number, one in found.items())
        return [selected[number] for number in range(len(weights))]
