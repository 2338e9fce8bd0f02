"""Errors that end a script, or a notebook's cell, while a run is recorded: they end the run."""

from __future__ import annotations

import atexit
import sys
import threading
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol

from prunelab.training.error_line import error_line

__all__ = ["Recorded", "error_text", "shown_error", "watch"]


class Recorded(Protocol):
    """What records a `fit`, and ends its run where the process ends first.

    Attributes:
        thread_of_fit: Number of the thread that trains.
    """

    thread_of_fit: int | None

    def break_off(self, error: BaseException | None = None) -> None:
        """Ends the run, by an error or by the end of the script."""


# Whatever is being recorded in this process; the hooks are put in place with the first.
_RECORDED: weakref.WeakSet[Recorded] = weakref.WeakSet()
_hooked = threading.Event()


def watch(one: Recorded) -> Callable[[], None]:
    """From now on an error that nobody catches, or the script's end, ends the run.

    Args:
        one: What records the run.

    Returns:
        Ends that.
    """
    if not _hooked.is_set():
        _hooked.set()
        _put_hooks()
    _RECORDED.add(one)
    return lambda: _RECORDED.discard(one)


def error_text(error: BaseException) -> str:
    """An error in one line: its class and what is wrong."""
    name, line = type(error).__name__, error_line(error)
    return name if line in ("", name) else f"{name}: {line}"


def shown_error() -> BaseException | None:
    """The error that Python or a notebook showed last; None where there was none."""
    error = getattr(sys, "last_value", None)
    return error if isinstance(error, BaseException) else None


def _put_hooks() -> None:
    # The hooks that were there are called still: these only listen.
    before, before_in_thread = sys.excepthook, threading.excepthook

    def uncaught(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        _end_all(error)
        before(kind, error, trace)

    def uncaught_in_thread(given: Any) -> None:
        _end_all(given.exc_value, given.thread)
        before_in_thread(given)

    sys.excepthook, threading.excepthook = uncaught, uncaught_in_thread
    atexit.register(_end_all, None)


def _end_all(error: BaseException | None, thread: threading.Thread | None = None) -> None:
    for one in list(_RECORDED):
        if thread is None or one.thread_of_fit == thread.ident:
            _RECORDED.discard(one)
            one.break_off(error)
