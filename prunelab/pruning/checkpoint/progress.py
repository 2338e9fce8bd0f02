"""`Progress`: how far a callback has pruned, from one `fit` to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prunelab.pruning.checkpoint.pruning_state import put_back
from prunelab.pruning.checkpoint.resume_point import ResumePoint
from prunelab.pruning.checkpoint.state_file import PruningState
from prunelab.pruning.own_loop import OwnLoop
from prunelab.pruning.pruned_weights import PrunedWeights

__all__ = ["Progress"]


@dataclass
class Progress:
    """How far a callback has pruned, and in which weights.

    Attributes:
        weights: What is pruned; none before the first `fit`.
        step: Batches that have begun so far.
        batch: Number of the last of them in its epoch, from 0.
        is_updated: Whether the masks changed at that step.
        left: Of a copy that has not trained yet: where its original had left a model.
        restored: What the next `fit` is to go on from, once it was asked for.
        loop: What masks the model in loops of the user's own. The next loop takes it, since a step
            that the user compiled goes on reading its switch; other weights get another one.
    """

    weights: PrunedWeights
    step: int = 0
    batch: int = 0
    is_updated: bool = False
    left: ResumePoint | None = None
    restored: PruningState | None = None
    loop: OwnLoop | None = None

    def are_pruned(self, kernels: Sequence[Any]) -> bool:
        """Whether these very variables are what is pruned."""
        return [id(weight.kernel) for weight in self.weights] == [id(kernel) for kernel in kernels]

    def go_on_from(self, left: ResumePoint | None) -> bool:
        """Goes on in new weights, if they are as they were left; in others it begins anew.

        Args:
            left: Where a model was left; None without one.

        Returns:
            Whether steps were counted, and are not gone on with.
        """
        before, self.step, self.left = self.step, 0, None
        if left is None or not before:
            return False
        if not left.is_in([weight.kernel for weight in self.weights]):
            return True
        self.step = before
        left.put_into(self.weights)
        return False

    def put_back(self) -> bool:
        """Goes on from the state that was restored; whether there was one.

        Raises:
            UsageError: where it is that of other weights.
        """
        if self.restored is None:
            return False
        put_back(self.restored, self.weights)
        self.step, self.restored = self.restored.step, None
        return True
