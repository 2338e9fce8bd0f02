"""How a run ended, where a full disk kept that out of the lab: a small file made beforehand."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

__all__ = ["EndNote"]

# One block of most disks: written over, it takes no more space than it has.
_BYTES = 4096
_LONGEST_ERROR = 1500


class EndNote:
    """A place for the end of one run that is there before the disk is full.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def reserve(self) -> None:
        """Takes the space; where there is none, a note simply cannot be left."""
        try:
            self._path.parent.mkdir(exist_ok=True)
            self._path.write_bytes(b" " * _BYTES)
        except OSError:
            self.drop()

    def leave(self, values: dict[str, Any]) -> None:
        """Leaves the columns that the run's row should have.

        Raises:
            OSError: where no space was taken, or the note cannot be written all the same.
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

    def found(self) -> dict[str, Any] | None:
        """What was left; None where nothing was."""
        try:
            with self._path.open("rb") as file:
                values = json.loads(file.read(_BYTES + 1))
        except (OSError, ValueError, RecursionError):
            return None
        return values if isinstance(values, dict) else None

    def drop(self) -> None:
        """The end is in the lab: the file is no longer needed."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            # In a folder that may only be read; it is looked at for runs alone that have no end.
            return
