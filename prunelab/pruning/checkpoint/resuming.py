"""`Resuming`: how far pruning is, and how it goes on: later, in a copy, or from a file."""

from __future__ import annotations

import os
from typing import Self

import keras
import numpy as np
import numpy.typing as npt

from prunelab.errors import UsageError
from prunelab.pruning.backend import Backend
from prunelab.pruning.checkpoint.pruning_state import put_back, state_of
from prunelab.pruning.checkpoint.resume_point import ResumePoint
from prunelab.pruning.checkpoint.state_file import (
    PruningState,
    add_state,
    can_hold,
    read_state,
    state_in,
)
from prunelab.pruning.pruned_weights import PrunedWeights
from prunelab.user_files.paths import user_path

__all__ = ["Resuming"]


class Resuming(keras.callbacks.Callback):
    """The part of `PruneLowMagnitude` that knows the step and the masks, and keeps them.

    Args:
        backend: What computes the models.

    Attributes:
        backend: The same.
        step: Batches that have begun so far.
        weights: What is pruned, from the beginning of training on.
    """

    def __init__(self, backend: Backend) -> None:
        super().__init__()
        self.backend = backend
        self.step = 0
        self.weights = PrunedWeights(backend)
        self._updated = False
        self._batch = 0
        self._is_training = False
        self._restored: PruningState | None = None
        # Of a copy that has not trained yet: where its original had left a model.
        self._left: ResumePoint | None = None
        # What is to be told of it once all callbacks have begun, and none has brought back a state.
        self._anew = ""

    @property
    def masks(self) -> dict[str, npt.NDArray[np.bool_]]:
        """The masks by variable path: bool, of the kernel's shape, True where a weight is kept."""
        if self._left is not None:
            return self._left.masks
        return {weight.path: weight.mask() for weight in self.weights}

    @property
    def sparsity(self) -> float:
        """Fraction of all prunable weights that the masks drop."""
        return self.weights.sparsity if self._left is None else self._left.sparsity

    @property
    def updated(self) -> bool:
        """Whether the masks changed at the current step."""
        return self._updated

    def restore(self, path: str | os.PathLike[str]) -> Self:
        """Goes on in the next `fit` where a saved file was: in steps, masks and dropped weights.

        Args:
            path: A file that a pruned model was saved to during `fit`, or by `save_state`. The
                model itself is loaded by Keras, and passed `initial_epoch` where that is due.

        Returns:
            This callback.

        Raises:
            UsageError: where there is no such file or it holds no pruning state; in `fit`, where
                it is that of another model.
        """
        self._restored = state_in(path)
        return self

    def save_state(self, path: str | os.PathLike[str]) -> None:
        """Puts the pruning state into the file of a model that was saved after `fit`.

        Args:
            path: A `.keras` or `.weights.h5` file without pruning state.

        Raises:
            UsageError: where the file is none of these, or holds pruning state already, and
                before the first `fit`.
        """
        file = user_path(path)
        left = self._as_left()
        if left is None:
            raise UsageError("there is no pruning state before fit: call save_state after it")
        if not can_hold(file) or read_state(file) is not None:
            raise UsageError(
                f"{os.fspath(path)!r} cannot take pruning state: save the model to a new .keras "
                "or .weights.h5 file first"
            )
        add_state(file, left.state)

    def state(self) -> PruningState:
        """The pruning state as it is now, for a file that is saved now."""
        # The last batch of an epoch is followed by the masks, and by no selection before them.
        steps = (self.params or {}).get("steps")
        last = steps is not None and self._batch + self.model.steps_per_execution >= steps
        return state_of(self.step, self.weights, masked=last)

    def resume(self, state: PruningState) -> None:
        """Goes on from a pruning state, at once or as soon as training begins."""
        self._restored = state
        if self._is_training:
            self._put_back()

    def _go_on_from(self, left: ResumePoint | None) -> None:
        """Goes on in weights that are as they were left; in others it begins anew."""
        before, self.step, self._left = self.step, 0, None
        if left is None or not before:
            return
        if left.is_in([weight.kernel for weight in self.weights]):
            self.step = before
            left.put_into(self.weights)
        else:
            self._anew = (
                f"PruneLowMagnitude begins its schedule anew, at step 0, with the weights of model "
                f"{self.model.name!r}: it has pruned others for {before} steps. Give each model a "
                "new one, or go on from a saved file with restore(path)"
            )

    def _as_left(self) -> ResumePoint | None:
        if not self.weights:
            return self._left
        return ResumePoint(self.state(), self.weights)

    def _put_back(self) -> None:
        if self._restored is not None:
            put_back(self._restored, self.weights)
            self.step = self._restored.step
            self._restored = None
            self._anew = ""
