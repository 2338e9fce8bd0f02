"""`Rollback`: takes back what was done for a batch that never came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.pruning.pruned_weights import NewMask, PrunedWeight

__all__ = ["Rollback"]


class Rollback:
    """Keeps what a mask update changes until its batch has come.

    Keras begins one batch more than there is in every epoch of data of unknown length, to find
    that there is none. Only an error of the training function shows it, which Keras then swallows.

    Args:
        end_of_data: Such errors (`Backend.end_of_data`).
        never_came: Called where a batch that had begun never came, after all is as before it.
    """

    def __init__(
        self, end_of_data: tuple[type[Exception], ...], never_came: Callable[[], None]
    ) -> None:
        self._end_of_data = end_of_data
        self._never_came = never_came
        self._masks: list[NewMask] = []
        self._values: list[npt.NDArray[Any]] = []

    def keep(self, weights: Sequence[PrunedWeight], values: Sequence[npt.NDArray[Any]]) -> None:
        """Keeps the masks, and the weights with the values that they have."""
        self._masks = [NewMask(weight, weight.mask(), weight.threshold) for weight in weights]
        self._values = list(values)

    def call(self, function: Callable[[Any], Any], iterator: Any) -> Any:
        """Calls the training function of a batch that has begun."""
        try:
            result = function(iterator)
        except self._end_of_data:
            for (weight, mask, threshold), values in zip(self._masks, self._values, strict=True):
                weight.set_mask(mask, threshold)
                weight.variable.write(np.array(values))
            self._never_came()
            raise
        finally:
            self._masks, self._values = [], []
        return result
