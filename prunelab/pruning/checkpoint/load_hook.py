"""`LoadHook`: weights that another callback loads as training begins bring their pruning state."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from prunelab.keras_internals.method_patch import MethodPatch
from prunelab.pruning.checkpoint.state_file import PruningState, read_state

__all__ = ["LoadHook"]


class LoadHook:
    """Stands at a model's `load_weights` from before training begins until its first epoch.

    Args:
        resume: Goes on from a pruning state.
    """

    def __init__(self, resume: Callable[[PruningState], None]) -> None:
        self._resume = resume
        self._patches: list[MethodPatch] = []

    def attach(self, model: Any) -> None:
        """Stands at this model's, and at no other any more."""
        self.detach()
        patch = MethodPatch(model)
        patch.replace("load_weights", self._load_weights)
        self._patches.append(patch)

    def detach(self) -> None:
        """What is loaded from here on is no resumption."""
        while self._patches:
            self._patches.pop().restore()

    def _load_weights(
        self, own: Callable[..., Any], filepath: Any, *args: Any, **kwargs: Any
    ) -> None:
        own(filepath, *args, **kwargs)
        state = read_state(Path(filepath))
        if state is not None:
            self._resume(state)
