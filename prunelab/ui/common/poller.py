"""`Poller`: looks into the lab again and again while somebody looks at the page."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from prunelab.ui.common.page_events import showing_errors
from prunelab.ui.common.words import TextLine

__all__ = ["Poller"]

_LOOK_SECONDS = 0.2

# A page says every 20 s that it is there; browsers let one in the background say so once a minute.
_GONE_SECONDS = 150.0


class Poller:
    """Calls a function some five times a second, from a thread, while a page is there.

    A kernel that is started ahead of its page, or that its page has left, does nothing.

    Args:
        look: What to call; an error in it is shown in `line`, and the next look tries again.
        notice: What `line` shows after a look without an error: a lab's `notice`, say.

    Attributes:
        line: The line for such an error or notice; empty while all is well.
        lock: Held while `look` runs; handlers of the page's events take it too.
    """

    def __init__(
        self, look: Callable[[], None], notice: Callable[[], str | None] = lambda: None
    ) -> None:
        self.line = TextLine(error=True)
        self.lock = threading.RLock()
        self._look = look
        self._notice = notice
        self._seen = 0.0
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def seen(self) -> None:
        """The page is there: starts looking, or goes on."""
        self._seen = time.monotonic()
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._loop, daemon=True)
                self._thread.start()

    def look_now(self) -> None:
        """Looks at once, in the calling thread."""
        with self.lock, showing_errors(self.line.show, "the view cannot be brought up to date"):
            self._look()
            self.line.show(self._notice() or "")

    def _loop(self) -> None:
        while time.monotonic() - self._seen < _GONE_SECONDS:
            self.look_now()
            time.sleep(_LOOK_SECONDS)
