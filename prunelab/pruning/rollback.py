"""`Rollback`: takes back what was done for a batch that never came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from prunelab.pruning.pruned_weights import Choice, PrunedWeights

__all__ = ["Rollback"]


class Rollback:
    """Keeps what a mask update changes until its batch has come.

    Keras begins one batch more than there is in every epoch of data of unknown length, to find
    that there is none. Only the training function tells, by an error that Keras then swallows.

    Args:
        never_came: Called where a batch that had begun never came, after all is as before it.
    """

    def __init__(self, never_came: Callable[[], None]) -> None:
        self._never_came = never_came
        self._weights = PrunedWeights()
        self._masks: list[Choice] = []
        self._values: list[npt.NDArray[Any]] = []

    def keep(self, weights: PrunedWeights, values: Sequence[npt.NDArray[Any]]) -> None:
        """Keeps the masks, and the weights with the values that they have."""
        self._weights = weights
        self._masks = [Choice(weight, weight.kept(), weight.threshold) for weight in weights]
        self._values = list(values)

    def call(self, function: Callable[[Any], Any], iterator: Any) -> Any:
        """Calls the training function of a batch that has begun."""
        try:
            result = function(iterator)
        except (StopIteration, tf.errors.OutOfRangeError):
            self._weights.put(self._masks)
            for weight, values in zip(self._weights, self._values, strict=True):
                weight.write(np.array(values))
            self._never_came()
            raise
        finally:
            self._weights, self._masks, self._values = PrunedWeights(), [], []
        return result
