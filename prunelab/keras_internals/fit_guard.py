"""Which `fit` of Keras the calling thread is in, and whether it has left that since."""

from __future__ import annotations

import gc
import inspect
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

from prunelab.keras_internals.call_stack import stack_from

__all__ = ["FitGuard", "in_evaluation", "in_fit_of"]

_FIT = "fit"
_TRAINING = (_FIT, "train_on_batch")
_GENERATORS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
# Of a stack that was cut each time: far more than were ever needed.
_LOOKS = 100
_READING = threading.Lock()


class FitGuard:
    """The call of `Model.fit` that the calling thread is in.

    Keras calls callbacks as a `fit` begins and ends, but not where ctrl-C or an error leaves it.
    Where a notebook or a script goes on after that, only the thread's stack shows it.

    Attributes:
        thread: Identifier of that thread.
    """

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        # By its `id()`: to hold the frame itself would hold all data of `fit`.
        # The innermost: a search or a trainer around it may be called fit as well.
        fits = _fit_ids(stack_from(sys._getframe()))
        self._frame = fits[0] if fits else None

    @property
    def is_around(self) -> bool:
        """Whether this thread's innermost `fit` or `train_on_batch` was called within that call."""
        training = [
            frame for frame in stack_from(sys._getframe()) if frame.f_code.co_name in _TRAINING
        ]
        return self._frame in _fit_ids(training[1:])

    @property
    def gone(self) -> bool:
        """Whether the thread has left that call; False where there was none.

        Any thread may ask. Where a stack moves too fast to be read as a whole, the answer is False.
        """
        if self._frame is None:
            return False
        for _ in range(_LOOKS):
            stack = _stack_of(self.thread)
            if self._frame in _fit_ids(stack):
                return False
            if _is_whole(stack):
                return True
        return False


def _stack_of(thread: int) -> list[FrameType]:
    """The frames of a thread, the innermost first; none where it has ended.

    Python 3.11 deadlocks where it collects garbage while it lists the frames of all threads
    (https://github.com/python/cpython/issues/106883), and a collection amid the walk lets the other
    thread leave the very frame that is asked for its caller. So the calling thread's own frames
    are had otherwise, and nothing is collected while another's are read.
    """
    if thread == threading.get_ident():
        return stack_from(sys._getframe())
    # One at a time, so that none switches collection on again while another reads.
    with _READING:
        collects = gc.isenabled()
        gc.disable()
        try:
            return stack_from(sys._current_frames().get(thread))
        finally:
            if collects:
                gc.enable()


def _is_whole(stack: list[FrameType]) -> bool:
    """Whether it was read down to where its thread began.

    The thread goes on meanwhile. A generator that it leaves has no caller any more, while a
    function that it leaves keeps its own, so a stack that ends in a generator was cut.
    """
    return not (stack and stack[-1].f_code.co_flags & _GENERATORS)


def _fit_ids(frames: list[FrameType]) -> list[int]:
    # `id()` values are reused, so only those of frames that are a `fit` are compared.
    return [id(frame) for frame in frames if frame.f_code.co_name == _FIT]


def in_fit_of(model: Any) -> bool:
    """Whether the calling thread is in Keras's own `fit` of a model, not in a loop of the user's.

    A callback cannot know by the methods that are called: whoever writes a loop calls the same.
    """
    return any(
        frame.f_code.co_name == _FIT and frame.f_locals.get("self") is model
        for frame in _of_keras(sys._getframe())
    )


def in_evaluation() -> bool:
    """Whether the innermost work of Keras that the thread is in is `evaluate` or `predict`."""
    innermost = next(_of_keras(sys._getframe()), None)
    return innermost is not None and innermost.f_code.co_name != _FIT


def _of_keras(frame: FrameType) -> Iterator[FrameType]:
    """The frames in which Keras trains or evaluates, the innermost first."""
    for caller in stack_from(frame):
        package = str(caller.f_globals.get("__name__")).partition(".")[0]
        if package == "keras" and caller.f_code.co_name in (_FIT, "evaluate", "predict"):
            yield caller
