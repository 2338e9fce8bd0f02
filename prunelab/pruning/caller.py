"""Whether a call is still going on: how a thread learns that `fit` broke off."""

from __future__ import annotations

import sys
import threading
from types import FrameType

__all__ = ["Caller"]

_TRAINING = ("fit", "train_on_batch")


class Caller:
    """The call of `Model.fit` that the calling thread is in.

    Keras tells callbacks how a `fit` begins and ends, but not that it was left by ctrl-C or an
    error. Where a notebook lives on after that, only the thread's stack shows it.
    """

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        # By number: a frame that is held would hold all the data of `fit` with it.
        # The innermost: a search or a trainer around it may be called fit as well.
        fits = [id(frame) for frame in _stack(self._thread) if frame.f_code.co_name == "fit"]
        self._frame = fits[0] if fits else None

    @property
    def is_around(self) -> bool:
        """Whether this thread's innermost `fit` or `train_on_batch` was called within that call."""
        frames = _stack(threading.get_ident())
        inner = [i for i, frame in enumerate(frames) if frame.f_code.co_name in _TRAINING]
        return bool(inner) and self._frame in [id(frame) for frame in frames[inner[0] + 1 :]]

    @property
    def gone(self) -> bool:
        """Whether the thread has left that call; False where there was none."""
        if self._frame is None:
            return False
        return self._frame not in [id(frame) for frame in _stack(self._thread)]


def _stack(thread: int) -> list[FrameType]:
    """The frames of a thread, the innermost first."""
    frames: list[FrameType] = []
    frame = sys._current_frames().get(thread)
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames
