"""SQLite's errors as one line that names the lab and a mend."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prunelab.errors import LabError, first_line

__all__ = ["code_of", "is_damage", "is_refusal", "plain_errors"]

# The file, its folder or its disk cannot be written; what is stored may still be readable.
_REFUSALS = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)


def code_of(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 where the error is Python's own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def is_refusal(error: sqlite3.Error) -> bool:
    """Whether it says that the file cannot be written."""
    return code_of(error) in _REFUSALS


def is_damage(error: sqlite3.Error) -> bool:
    """Whether it says that a part of the file cannot be read."""
    return code_of(error) == sqlite3.SQLITE_CORRUPT


_MAX_SHOWN = 120


@contextmanager
def plain_errors(folder: Path) -> Iterator[None]:
    """Turns SQLite's errors into one line that names the lab and a mend.

    Raises:
        LabError: for any error of SQLite in the block.
    """
    try:
        yield
    except sqlite3.Error as error:
        default = "choose another with --lab"
        mend = _MENDS.get(code_of(error), default).format(folder=folder)
        # For a damaged definition of a table SQLite's message has all of its lines.
        message = first_line(error, _MAX_SHOWN)
        raise LabError(f"lab {folder}: {message}: {mend}") from error
    except UnicodeDecodeError as error:
        # The name of a column, or SQLite's own message about one.
        mend = _MENDS[sqlite3.SQLITE_CORRUPT].format(folder=folder)
        raise LabError(f"lab {folder}: names in it are no text: {mend}") from error


_SPACE = "free some space on its disk; what was stored before is safe"
_WRITABLE = "make it writable, or choose another with --lab"

_MENDS = {
    sqlite3.SQLITE_FULL: _SPACE,
    sqlite3.SQLITE_IOERR: _SPACE,
    sqlite3.SQLITE_BUSY: "another program holds it, try again",
    sqlite3.SQLITE_NOTADB: "lab.sqlite there is another program's file, choose another folder",
    sqlite3.SQLITE_READONLY: _WRITABLE,
    sqlite3.SQLITE_PERM: _WRITABLE,
    sqlite3.SQLITE_CANTOPEN: _WRITABLE,
    sqlite3.SQLITE_CORRUPT: "a part of lab.sqlite is damaged; keep what can be read of it with "
    "prunelab rescue NEW_FOLDER --lab {folder}",
}
