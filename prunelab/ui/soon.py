"""`Soon`: work that waits until a page stops asking for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["Soon"]

_SECONDS = 0.3


class Soon:
    """Does a piece of work once, shortly after it was asked for last.

    A drag asks at every step of its way; what nobody can read so fast is done at its end. Without
    a running event loop, as in a script, it is done at once.

    Args:
        work: The work.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._handle: asyncio.TimerHandle | None = None

    def ask(self) -> None:
        """The work is due."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._work()
        else:
            self._handle = loop.call_later(_SECONDS, self._work)
