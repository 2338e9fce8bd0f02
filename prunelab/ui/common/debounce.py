"""`Debounce`: work that waits until a page stops asking for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from IPython.core.getipython import get_ipython

__all__ = ["Debounce"]

_SECONDS = 0.3


class Debounce:
    """Does a piece of work once, shortly after the last request for it.

    A drag requests it at each of its steps; what nobody can read so fast is done at its end. Where
    no kernel serves a page, as in a script, it is done at once.

    Args:
        work: The work.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._handle: asyncio.TimerHandle | None = None

    def request(self) -> None:
        """The work is due."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        loop = _loop()
        if loop is None:
            self._work()
        else:
            self._handle = loop.call_later(_SECONDS, self._work)


def _loop() -> asyncio.AbstractEventLoop | None:
    """The event loop of a kernel that handles a page's event; None elsewhere."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    return None if get_ipython() is None else loop
