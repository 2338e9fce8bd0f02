"""A run's end where a full disk keeps it out of the lab: a small file that is made beforehand."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

__all__ = ["EndNote"]

# One block of most disks: overwriting it needs no further space.
_BYTES = 4096
_LONGEST_ERROR = 1500


class EndNote:
    """A file for the end of one run, whose space is taken before the disk is full.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def reserve(self) -> None:
        """Takes the space; where there is none, no note can be written later."""
        try:
            self._path.parent.mkdir(exist_ok=True)
            self._path.write_bytes(b" " * _BYTES)
        except OSError:
            self.delete()

    def write(self, values: dict[str, Any]) -> None:
        """Writes the columns that the run's row should have.

        Raises:
            OSError: where no space was taken, or the note cannot be written.
        """
        short = {
            name: value[:_LONGEST_ERROR] if isinstance(value, str) else value
            for name, value in values.items()
        }
        text = json.dumps(short).encode().ljust(_BYTES)
        if len(text) > _BYTES:
            raise OSError(f"{len(text)} bytes are too long for a note")
        with self._path.open("r+b") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> dict[str, Any] | None:
        """The columns that were written; None where none were."""
        try:
            with self._path.open("rb") as file:
                values = json.loads(file.read(_BYTES + 1))
        except (OSError, ValueError, RecursionError):
            return None
        return values if isinstance(values, dict) else None

    def delete(self) -> None:
        """Deletes the file, once the end is in the lab."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            # The folder is read-only. A note is read only for runs that have no end yet.
            return
