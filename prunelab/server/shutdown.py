"""Ends the server and its kernels at a signal, within seconds even if something hangs."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from shutil import rmtree
from threading import Timer
from typing import Any

import psutil
from tornado.ioloop import IOLoop

__all__ = ["Shutdown"]

_SECONDS = 4
"""For an orderly end; after that the process exits, whatever still runs."""


class Shutdown:
    """Stops the loop at a signal, and makes sure that the process ends after it."""

    def __init__(self, folder: str) -> None:
        """Takes over the signals that end a program.

        Args:
            folder: Of the kernels' connection files. A kernel's command line names its file, so
                its process is found by it, even while it starts.
        """
        self._folder = folder
        self._signalled = False
        self.loop: IOLoop | None = None
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            # A shell's nohup ignores SIGHUP: a server that was started under it stays.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_signal)

    def kill_kernels(self) -> None:
        """Ends every kernel at once. Training processes are not kernels, and go on."""
        found = [one for one in psutil.Process().children() if self._is_kernel(one)]
        for kernel in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                kernel.kill()
        psutil.wait_procs(found, timeout=1)
        rmtree(self._folder, ignore_errors=True)

    def _on_signal(self, number: int, frame: Any) -> None:
        if self._signalled:
            self._end_at_once()
        self._signalled = True
        timer = Timer(_SECONDS, self._end_at_once)
        timer.daemon = True
        timer.start()
        if self.loop is None:
            sys.exit(0)
        self.loop.add_callback_from_signal(self.loop.stop)

    def _end_at_once(self) -> None:
        self.kill_kernels()
        os._exit(0)

    def _is_kernel(self, process: psutil.Process) -> bool:
        with contextlib.suppress(psutil.Error):
            return any(word.startswith(self._folder) for word in process.cmdline())
        return False
