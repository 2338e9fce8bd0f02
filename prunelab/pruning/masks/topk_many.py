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
        small = [place for place, size in enumerate(sizes) if size < LARGE]
        are_few = sum(sizes[place] for place in small) <= _TOGETHER
        self._large = [place for place, size in enumerate(sizes) if size >= LARGE]
        self._together, self._alone = (small, []) if are_few else ([], small)
        self._few = SmallTopK([shapes[place] for place in self._together])
        self._selector = Selector()

    def select(
        self,
        weights: Sequence[npt.NDArray[Any]],
        keep: Sequence[int],
        places: Sequence[Mask | None],
    ) -> list[tuple[Mask, float]]:
        """Chooses of each array the weights of largest magnitude, as `SmallTopK.select` does.

        A place, an array without gaps, is a permission here: the mask may yet be a new array.
        """
        if not self._large and not self._alone:
            return self._few.select(weights, keep, places)
        # All that may fail comes before any mask changes.
        chosen = {
            place: self._selector.select(weights[place], keep[place]) for place in self._alone
        }
        found = {place: self._selector.find(weights[place], keep[place]) for place in self._large}
        if self._together:
            few = self._few.select(
                [weights[place] for place in self._together],
                [keep[place] for place in self._together],
                [places[place] for place in self._together],
            )
            chosen.update(zip(self._together, few, strict=True))
        chosen.update((place, one.mask(places[place])) for place, one in found.items())
        return [chosen[place] for place in range(len(weights))]
