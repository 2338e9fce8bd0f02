"""What the handlers of a page's events share: errors become a line, and state waits for a lock."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from prunelab.errors import PrunelabError

__all__ = ["LockedState", "showing_errors"]

_LOG = logging.getLogger("prunelab.ui")


@contextmanager
def showing_errors(show: Callable[[str], None], failed: str) -> Iterator[None]:
    """Runs a block whose errors a user must see: a handler's own traceback reaches nobody.

    Args:
        show: Called with one line for any error of the block; it is not raised on.
        failed: What could not be done, for the line of an error that nobody expected. Its
            traceback goes to the log.
    """
    try:
        yield
    except PrunelabError as error:
        show(str(error))
    except Exception as error:
        _LOG.exception("%s", failed)
        reason = " ".join(str(error).split())
        show(f"{failed}: {reason or type(error).__name__} (the server's log has more)")


class LockedState:
    """Goes before a widget's class: what a page sends for the widget waits for a lock.

    A thread that holds the lock can then read what the user chose and set it, and no choice made
    meanwhile is lost.

    Args:
        lock: Held while a page's state is taken over, and while its observers run.
        given: What the widget's class takes.
    """

    def __init__(self, lock: threading.RLock, *given: Any, **more: Any) -> None:
        self._state_lock = lock
        super().__init__(*given, **more)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Takes over what a page sends."""
        with self._state_lock:
            super().set_state(sync_data)  # type: ignore[misc]
