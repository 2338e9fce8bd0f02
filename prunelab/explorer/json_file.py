"""One JSON file that several processes change: no change is lost, none is half written."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from prunelab.errors import UsageError

__all__ = ["editing", "read"]

# A change takes milliseconds; who waits longer waits for a process that hangs.
_BUSY_SECONDS = 10.0


def read(path: Path) -> dict[str, Any]:
    """What the file holds; nothing where there is no file.

    Raises:
        UsageError: where it cannot be read, or holds no JSON object.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): check it") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is broken ({error}): mend it, or move it away") from error
    if not isinstance(data, dict):
        raise UsageError(f"{path} is broken (it holds no object): mend it, or move it away")
    return data


@contextmanager
def editing(path: Path) -> Iterator[dict[str, Any]]:
    """What the file holds, to be changed in place; it is written where the block ends well.

    Others wait meanwhile. The file is replaced as a whole, so that whoever reads sees the old one
    or the new one, and a full disk leaves the old one.

    Raises:
        UsageError: where it cannot be read or written; a broken file stays as it is.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritten(path, error.strerror) from error
    with _locked(path):
        data = read(path)
        yield data
        _replace(path, json.dumps(data, indent=2) + "\n")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Nobody else changes the file meanwhile.

    The lock is SQLite's on a file beside it, which holds nothing: it works on every system, and
    ends with the process, however that ends.
    """
    lock = path.with_name(f"{path.name}.lock")
    try:
        connection = sqlite3.connect(lock, timeout=_BUSY_SECONDS, isolation_level=None)
    except sqlite3.Error as error:
        raise _unwritten(path, str(error)) from error
    with closing(connection):
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            raise _unwritten(path, str(error)) from error
        yield


def _replace(path: Path, text: str) -> None:
    # A link to a file elsewhere stays one.
    target = Path(os.path.realpath(path))
    new: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as file:
            new = Path(file.name)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(target)
    except OSError as error:
        if new is not None:
            new.unlink(missing_ok=True)
        raise _unwritten(path, error.strerror) from error


def _unwritten(path: Path, reason: str | None) -> UsageError:
    return UsageError(f"{path} cannot be written ({reason}): check its folder and the disk")
