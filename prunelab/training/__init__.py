"""Training: data into models, one run, and the recorder of its steps. Imports TensorFlow lazily."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prunelab.training.recording.recorder import RunRecorder

__all__ = ["RunRecorder"]


def __getattr__(name: str) -> Any:
    # The training process waits its turn before it pays for TensorFlow.
    if name == "RunRecorder":
        from prunelab.training.recording.recorder import RunRecorder

        return RunRecorder
    raise AttributeError(f"module 'prunelab.training' has no attribute {name!r}")
