"""The tables of a lab's SQLite file, and how a file of an older version is upgraded in place."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from prunelab.lab.config_details import config_details

__all__ = ["APPLICATION", "VERSION", "create", "upgrade", "version_of"]

VERSION = 2

# SQLite's application id of a lab: "prnL" in ASCII. Files of version 1 have 0 there.
APPLICATION = 0x70726E4C

_SCHEMA = """
CREATE TABLE runs (
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
CREATE TABLE steps (
    run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    loss REAL, accuracy REAL,
    scheduled_sparsity REAL, sparsity REAL,
    seconds REAL NOT NULL,
    PRIMARY KEY (run, step)
) WITHOUT ROWID;
CREATE TABLE updates (
    run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    weight TEXT NOT NULL,
    sparsity REAL NOT NULL, threshold REAL NOT NULL,
    PRIMARY KEY (run, step, weight)
) WITHOUT ROWID;
CREATE TABLE epochs (
    run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    step INTEGER NOT NULL,
    val_loss REAL, val_accuracy REAL,
    PRIMARY KEY (run, epoch)
) WITHOUT ROWID;
CREATE TABLE requests (
    run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    asked REAL NOT NULL,
    PRIMARY KEY (run, kind)
) WITHOUT ROWID;
"""

# What each version added to the one before. Other tables than `runs` keep their columns: a process
# of an older prunelab that still trains inserts values by position.
_UPGRADES = {
    2: """
    ALTER TABLE runs ADD COLUMN details TEXT;
    ALTER TABLE runs ADD COLUMN boot TEXT;
    ALTER TABLE runs ADD COLUMN ticks INTEGER;
    ALTER TABLE runs ADD COLUMN beat REAL;
    ALTER TABLE runs ADD COLUMN seconds REAL;
    ALTER TABLE runs ADD COLUMN diverged INTEGER;
    """
}


def version_of(connection: sqlite3.Connection) -> int:
    """The version of the tables; 0 where there are none yet.

    A recovered file may have lost its version, so the columns decide then.
    """
    stored = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if stored >= VERSION:
        return stored
    columns = {row[1] for row in connection.execute("PRAGMA table_info(runs)")}
    if not columns:
        return 0
    return 2 if "diverged" in columns else 1


def create(connection: sqlite3.Connection) -> None:
    """Makes the tables of version 1, for `upgrade` to bring up to date; within a transaction."""
    _execute(connection, _SCHEMA)
    connection.execute("PRAGMA user_version = 1")


def upgrade(connection: sqlite3.Connection) -> None:
    """Brings the tables up to date; within a transaction, so that all is done or nothing."""
    for version in range(version_of(connection) + 1, VERSION + 1):
        _execute(connection, _UPGRADES[version])
    rows = connection.execute("SELECT id, config FROM runs WHERE details IS NULL").fetchall()
    connection.executemany(
        "UPDATE runs SET details = ? WHERE id = ?",
        [(_details(config), number) for number, config in rows if config is not None],
    )
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _details(config: Any) -> str | None:
    """The column `details` for the config of a run of version 1; None where that is damaged."""
    try:
        return json.dumps(config_details(json.loads(config)))
    except (TypeError, ValueError, RecursionError):
        return None


def _execute(connection: sqlite3.Connection, statements: str) -> None:
    # Not `executescript`, which would commit first.
    for statement in statements.split(";"):
        connection.execute(statement)
