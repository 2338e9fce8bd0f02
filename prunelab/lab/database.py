"""The lab's SQLite file: its tables, how it is opened, and its errors in plain words."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prunelab.errors import LabError

__all__ = ["connect", "plain_errors", "transaction"]

_VERSION = 1
_BUSY_SECONDS = 10.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    schedule TEXT,
    dataset TEXT NOT NULL,
    model TEXT NOT NULL,
    seed INTEGER,
    epochs INTEGER,
    batch_size INTEGER,
    steps INTEGER NOT NULL,
    config TEXT,
    choices TEXT,
    launched INTEGER NOT NULL DEFAULT 0,
    host TEXT, pid INTEGER, born REAL,
    created REAL NOT NULL,
    started REAL,
    heartbeat REAL NOT NULL,
    ended REAL,
    steps_done INTEGER NOT NULL DEFAULT 0,
    sparsity REAL,
    test_accuracy REAL,
    test_loss REAL,
    bytes TEXT,
    error TEXT
);
CREATE TABLE IF NOT EXISTS steps (
    run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    loss REAL, accuracy REAL,
    scheduled_sparsity REAL, sparsity REAL,
    seconds REAL NOT NULL,
    PRIMARY KEY (run, step)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS updates (
    run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    weight TEXT NOT NULL,
    sparsity REAL NOT NULL, threshold REAL NOT NULL,
    PRIMARY KEY (run, step, weight)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS epochs (
    run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    step INTEGER NOT NULL,
    val_loss REAL, val_accuracy REAL,
    PRIMARY KEY (run, epoch)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS requests (
    run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    asked REAL NOT NULL,
    PRIMARY KEY (run, kind)
) WITHOUT ROWID;
"""


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
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > _VERSION:
            connection.close()
            raise LabError(
                f"lab {folder} was written by a newer prunelab (format {version}, "
                f"this one knows {_VERSION}): upgrade prunelab"
            )
        if version < _VERSION:
            with transaction(connection):
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {_VERSION}")
    return connection


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
