"""The lab's SQLite file: how it is opened, and its errors in plain words."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prunelab.errors import LabError
from prunelab.lab.schema import VERSION, create, upgrade, version_of

__all__ = ["connect", "plain_errors", "transaction"]

_BUSY_SECONDS = 10.0


def connect(folder: Path) -> sqlite3.Connection:
    """Opens (and where needed makes) the lab's file. In WAL mode a commit survives kill -9.

    Raises:
        LabError: where the folder or the file cannot be used.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabError(
            f"lab folder {folder} cannot be made ({error.strerror}): choose another with --lab"
        ) from error
    with plain_errors(folder):
        connection = sqlite3.connect(
            folder / "lab.sqlite",
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.row_factory = sqlite3.Row
        _use_wal(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        version = version_of(connection)
        if version > VERSION:
            connection.close()
            raise LabError(
                f"lab {folder} was written by a newer prunelab (format {version}, "
                f"this one knows {VERSION}): upgrade prunelab"
            )
        if version < VERSION:
            _bring_up_to_date(connection)
    return connection


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        # Another process may have done it while this one waited for the lock.
        if version_of(connection) == 0:
            create(connection)
        if version_of(connection) < VERSION:
            upgrade(connection)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switches to WAL, which SQLite does not wait for while another opens the file."""
    end = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of the block's writes or none; the write lock is taken at its start."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk has made SQLite roll back already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def plain_errors(folder: Path) -> Iterator[None]:
    """Turns SQLite's errors into one line that names the lab and a mend.

    Raises:
        LabError: for any error of SQLite in the block.
    """
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        usual = "choose another with --lab"
        mend = next((mend for sign, mend in _MENDS.items() if sign in text), usual)
        raise LabError(f"lab {folder}: {text}: {mend}") from error


_MENDS = {
    "full": "free some space on its disk; what was stored before is safe",
    "disk I/O": "free some space on its disk; what was stored before is safe",
    "locked": "another program holds it, try again",
    "not a database": "lab.sqlite there is another program's file, choose another folder",
    "readonly": "make it writable, or choose another with --lab",
    "unable to open": "make it writable, or choose another with --lab",
}
