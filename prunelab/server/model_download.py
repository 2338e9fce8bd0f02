"""The trained models of a lab, each by the number of its run."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler

from prunelab.server.request_checks import Asked

__all__ = ["ModelFile"]

_PART = 1 << 20
# A lab may come from anybody: what is not a file of its own, such as a link or a pipe, is not read.
_HOW = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW


class ModelFile(Asked, RequestHandler):
    """Sends `models/NUMBER.keras` of the lab, to be saved and never shown."""

    def initialize(self, folder: Path) -> None:
        """Takes the folder of the models."""
        self._folder = folder

    async def get(self, number: str) -> None:
        """Sends one file, a part at a time."""
        file = _opened(self._folder / f"{number}.keras")
        if file is None:
            raise HTTPError(404, f"There is no model of run {number}.")
        with file:
            self.set_header("Content-Type", "application/octet-stream")
            self.set_header("Content-Disposition", f'attachment; filename="run-{number}.keras"')
            self.set_header("Content-Length", os.fstat(file.fileno()).st_size)
            self.set_header("X-Content-Type-Options", "nosniff")
            self.set_header("Cache-Control", "no-store")
            with suppress(StreamClosedError):  # Whoever asked has left.
                while part := file.read(_PART):
                    self.write(part)
                    await self.flush()


def _opened(path: Path) -> BinaryIO | None:
    """A file to read; None for whatever else is there, or nothing."""
    try:
        found = os.open(path, _HOW)
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(found).st_mode):
        return os.fdopen(found, "rb")
    os.close(found)
    return None
