"""Connections to the lab's file, and what is done on them before anything is written."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prunelab.lab.store.schema import VERSION, create, upgrade, version_of
from prunelab.lab.store.sqlite_errors import code_of

__all__ = [
    "BUSY_SECONDS",
    "bring_up_to_date",
    "connect",
    "empty",
    "prepared",
    "transaction",
    "use_wal",
]

BUSY_SECONDS = 10.0


def connect(path: Path) -> sqlite3.Connection:
    """To a file that is there, to read and write."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def empty() -> sqlite3.Connection:
    """A lab without runs, in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    bring_up_to_date(connection)
    return connection


def prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    """The same, with rows by name and texts that can be shown."""
    connection.row_factory = sqlite3.Row
    # One text that is no UTF-8 is not to hide all others.
    connection.text_factory = lambda text: text.decode(errors="replace")
    return connection


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Brings the tables up to date, and makes them where there are none."""
    if version_of(connection) == VERSION:
        return
    with transaction(connection):
        # Another process may have done it while this one waited for the lock.
        if version_of(connection) == 0:
            create(connection)
        if version_of(connection) < VERSION:
            upgrade(connection)


def use_wal(connection: sqlite3.Connection) -> None:
    """In WAL mode a commit survives kill -9, and readers do not wait for writers."""
    end = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            # SQLite itself does not wait while another opens the file.
            if code_of(error) != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.02)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


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
