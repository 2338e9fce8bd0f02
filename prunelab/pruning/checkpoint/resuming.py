"""`Resuming`: how far pruning is, and how it goes on: later, in a copy, or from a file."""

from __future__ import annotations

import os
from typing import Any, Self

import keras
import numpy as np
import numpy.typing as npt

from prunelab.errors import UsageError
from prunelab.keras_internals.trainer_parts import WITHOUT_MODEL
from prunelab.pruning.backend import Backend
from prunelab.pruning.checkpoint.progress import Progress
from prunelab.pruning.checkpoint.pruning_state import state_of
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
    """

    def __init__(self, backend: Backend) -> None:
        super().__init__()
        self.backend = backend
        self._progress = Progress(PrunedWeights(backend))

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle carries: the settings, and how the model was left."""
        now = self._progress
        progress = Progress(
            PrunedWeights(self.backend),
            now.step,
            now.batch,
            now.is_updated,
            self._as_left(),
            now.restored,
        )
        return {**vars(self), **WITHOUT_MODEL, "_progress": progress}

    @property
    def step(self) -> int:
        """Batches that have begun so far."""
        return self._progress.step

    @step.setter
    def step(self, step: int) -> None:
        self._progress.step = step

    @property
    def weights(self) -> PrunedWeights:
        """What is pruned, from the beginning of training on."""
        return self._progress.weights

    @property
    def masks(self) -> dict[str, npt.NDArray[np.bool_]]:
        """The masks by variable path: bool, of the kernel's shape, True where a weight is kept."""
        if self._progress.left is not None:
            return self._progress.left.masks
        return {weight.path: weight.mask() for weight in self.weights}

    @property
    def sparsity(self) -> float:
        """Fraction of all prunable weights that the masks drop."""
        left = self._progress.left
        return self.weights.sparsity if left is None else left.sparsity

    @property
    def updated(self) -> bool:
        """Whether the masks changed at the current step."""
        return self._progress.is_updated

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
        self._progress.restored = state_in(path)
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
        is_last = (
            steps is not None and self._progress.batch + self.model.steps_per_execution >= steps
        )
        return state_of(self.step, self.weights, masked=is_last)

    def _as_left(self) -> ResumePoint | None:
        if not self.weights:
            return self._progress.left
        return ResumePoint(self.state(), self.weights)
