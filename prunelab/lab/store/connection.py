"""Connections to the lab's file, and their set-up."""

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
    "connect",
    "empty_lab",
    "ensure_tables",
    "transaction",
    "use_wal",
    "with_named_rows",
]

BUSY_SECONDS = 10.0


def connect(path: Path) -> sqlite3.Connection:
    """Opens a file that exists, to read and write."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def empty_lab() -> sqlite3.Connection:
    """A lab without runs, in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    ensure_tables(connection)
    return connection


def with_named_rows(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Lets a connection give columns by name, and texts that can be shown."""
    connection.row_factory = sqlite3.Row
    # One text that is not UTF-8 must not make all rows unreadable.
    connection.text_factory = lambda text: text.decode(errors="replace")
    return connection


def ensure_tables(connection: sqlite3.Connection) -> None:
    """Makes the tables, or upgrades them to the current version."""
    if version_of(connection) == VERSION:
        return
    with transaction(connection):
        # Checked again: another process may have done it before the lock was free.
        if version_of(connection) == 0:
            create(connection)
        if version_of(connection) < VERSION:
            upgrade(connection)


def use_wal(connection: sqlite3.Connection) -> None:
    """Sets WAL mode: a commit survives kill -9, and readers do not wait for writers."""
    end = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            # Here SQLite does not apply its own timeout.
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
        # On a full disk SQLite has rolled back already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
