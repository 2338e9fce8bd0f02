"""`SessionContext`: what a session is handed by its callback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prunelab.pruning.backend import Backend
from prunelab.pruning.checkpoint.load_hook import LoadHook
from prunelab.pruning.checkpoint.progress import Progress
from prunelab.pruning.checkpoint.resume_point import ResumePoint
from prunelab.pruning.checkpoint.state_file import PruningState
from prunelab.pruning.layers.assignment import Assignment
from prunelab.pruning.masks.mask_rules import MaskRules

__all__ = ["SessionContext"]


@dataclass(frozen=True)
class SessionContext:
    """What a session is handed by its callback.

    Attributes:
        assignment: Which weights are pruned, each by which schedule.
        rules: How masks are chosen.
        backend: What computes the model.
        progress: How far the callback is; the session goes on with it.
        load_hook: Stands at what other callbacks load as training begins.
        knows_steps: Whether Keras knows how many batches an epoch has.
        resume_point: Gives where the callback has left a model before; None without one.
        state: Gives the pruning state as it is now.
        end_broken_fit: To be called where the next `fit` finds that this one broke off.
        end_loop: To be called where a loop is over, as `fit` is called.
    """

    assignment: Assignment
    rules: MaskRules
    backend: Backend
    progress: Progress
    load_hook: LoadHook
    knows_steps: bool
    resume_point: Callable[[], ResumePoint | None]
    state: Callable[[], PruningState]
    end_broken_fit: Callable[[], None]
    end_loop: Callable[[], None]
