"""The trained models of a lab, each by the number of its run."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler

from prunelab.server.request_checks import RequestChecks

__all__ = ["ModelHandler"]

_CHUNK = 1 << 20
# A lab may come from anybody: links, pipes and whatever else is no regular file are not read.
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW


class ModelHandler(RequestChecks, RequestHandler):
    """Sends `models/NUMBER.keras` of the lab, to be saved and never shown."""

    def initialize(self, folder: Path) -> None:
        """Takes the folder of the models."""
        self._folder = folder

    async def get(self, number: str) -> None:
        """Sends one file in chunks."""
        file = _opened(self._folder / f"{number}.keras")
        if file is None:
            raise HTTPError(404, f"There is no model of run {number}.")
        with file:
            self.set_header("Content-Type", "application/octet-stream")
            self.set_header("Content-Disposition", f'attachment; filename="run-{number}.keras"')
            self.set_header("Content-Length", os.fstat(file.fileno()).st_size)
            self.set_header("X-Content-Type-Options", "nosniff")
            self.set_header("Cache-Control", "no-store")
            with suppress(StreamClosedError):  # The browser has gone.
                while chunk := file.read(_CHUNK):
                    self.write(chunk)
                    await self.flush()


def _opened(path: Path) -> BinaryIO | None:
    """A regular file to read; None where there is none."""
    try:
        found = os.open(path, _FLAGS)
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(found).st_mode):
        return os.fdopen(found, "rb")
    os.close(found)
    return None
