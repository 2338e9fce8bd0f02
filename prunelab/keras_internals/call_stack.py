"""Who has called: Keras tells a callback neither which method runs, nor in which list it stands."""

from __future__ import annotations

from types import FrameType

__all__ = ["stack_from"]


def stack_from(frame: FrameType | None) -> list[FrameType]:
    """A frame and its callers, the innermost first; none for None."""
    frames: list[FrameType] = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames
