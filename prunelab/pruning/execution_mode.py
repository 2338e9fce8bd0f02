"""`ExecutionMode`: where masks are chosen and applied, by what kind of training it is."""

from __future__ import annotations

from enum import Enum

__all__ = ["ExecutionMode"]


class ExecutionMode(Enum):
    """Where masks are chosen, and where they are applied."""

    STEP = "chosen between batches, applied in the compiled step: the fastest"
    GRAPH = "chosen and applied in the graph, where no callback is called between steps"
    HOST = "chosen and applied between batches, where a replica may not write to what all share"
    LOOP = "the same in a loop of the user's own, and applied whenever the model is called"
