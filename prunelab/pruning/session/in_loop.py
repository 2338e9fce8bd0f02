"""The session in a training loop of the user's own, where nothing is called but the model."""

from __future__ import annotations

from typing import Any

from prunelab.pruning.execution_mode import ExecutionMode
from prunelab.pruning.own_loop import OwnLoop
from prunelab.pruning.session.base import Session
from prunelab.pruning.session.context import SessionContext

__all__ = ["LoopSession"]


class LoopSession(Session):
    """Masks are chosen and applied between batches, and whenever the model is called.

    Args:
        model: The model.
        context: What the callback hands on.
    """

    mode = ExecutionMode.LOOP

    def __init__(self, model: Any, context: SessionContext) -> None:
        super().__init__(model, context)
        self._install()

    def end_epoch(self) -> None:
        """The weights are masked; until a batch begins, the model is called as it is.

        Raises:
            UsageError: where no batch has begun.
        """
        super().end_epoch()
        self._loop.end_epoch()
        self._hooks.rest(True)

    def _begin_step(self) -> None:
        self._loop.begin_batch()
        self._hooks.rest(False)
        # Keras's loop says so as an epoch begins; one that was written for the reference does not.
        self.all_have_begun()
        if self._advance_step():
            self._update(self._scheduled)
        self.weights.apply_masks()

    def _install(self) -> None:
        context = self._context
        self._loop = self._progress.loop or OwnLoop(
            self.model, self.weights, context.backend, context.end_loop
        )
        self._progress.loop = self._loop
        self._loop.begin()

    def _uninstall(self) -> None:
        self._loop.end()
