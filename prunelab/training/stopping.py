"""Stops a training process: by a signal, or by a request in the lab."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prunelab.lab.processes.signals import STOP_SIGNALS, unblock_signals

__all__ = ["Stopped", "Stopping", "interruptible"]


class Stopped(BaseException):
    """Raised in the main thread, in a block that can be left at once, to stop the run."""


class Stopping(threading.Event):
    """An event that is set where the run is to stop, however many requests there are."""

    def __init__(self) -> None:
        super().__init__()
        self._may_leave = False

    def listen(self) -> None:
        """Sets the event at each signal that asks the process to end; in the main thread."""
        # Not in the handler: it may run while this thread waits for the event and holds its lock.
        # And the bytes arrive although the main thread is busy in a long call.
        sender, self._heard = socket.socketpair()
        self._heard.setblocking(False)
        signal.set_wakeup_fd(self._heard.fileno(), warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, self._leave)
        threading.Thread(target=self._pass_on, args=(sender,), daemon=True).start()
        unblock_signals()

    def set(self) -> None:
        """Asks to stop, in any thread."""
        super().set()
        if self._may_leave and hasattr(signal, "pthread_kill"):
            main = threading.main_thread().ident
            assert main is not None
            # Only a signal interrupts what it waits for.
            signal.pthread_kill(main, signal.SIGTERM)

    @contextmanager
    def leaving(self) -> Iterator[None]:
        """See `interruptible`."""
        self._may_leave = True
        try:
            if self.is_set():
                raise Stopped
            yield
        finally:
            self._may_leave = False

    def _pass_on(self, sender: socket.socket) -> None:
        while sender.recv(64):
            super().set()

    def _leave(self, *_: Any) -> None:
        if self._may_leave:
            self._may_leave = False
            raise Stopped


@contextmanager
def interruptible(stop: threading.Event) -> Iterator[None]:
    """A block that may be left anywhere, such as one that waits for a download.

    Raises:
        Stopped: in the midst of the block, as soon as the run is to stop; where the event is not
            one that listens to signals, only at its beginning.
    """
    if isinstance(stop, Stopping):
        with stop.leaving():
            yield
    else:
        if stop.is_set():
            raise Stopped
        yield
