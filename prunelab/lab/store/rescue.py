"""Copying what can be read of a damaged lab into a new one."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from prunelab.errors import LabError
from prunelab.lab.lab import Lab
from prunelab.lab.store.database_file import open_damaged
from prunelab.lab.store.readable_rows import highest_run
from prunelab.lab.store.sqlite_errors import is_damage, plain_errors

__all__ = ["rescue"]

# The primary key of each table, within a run.
_BY_RUN = {
    "steps": ("step",),
    "updates": ("step", "weight"),
    "epochs": ("epoch",),
    "requests": ("kind",),
}
_FOLDERS = ("models", "logs")


def rescue(folder: Path, into: Path) -> list[int]:
    """Copies what can be read of a lab into a new one; the damaged lab is not changed.

    Args:
        folder: The damaged lab.
        into: The folder of the new one.

    Returns:
        The numbers of the runs that were read, which stay the same.

    Raises:
        LabError: where nothing can be read, there is a lab already, or it cannot be written.
    """
    if Lab(into, make=False).runs():
        raise LabError(f"lab {into} has runs already: name a new folder")
    with plain_errors(folder):
        source, copy = open_damaged(folder / "lab.sqlite")
        numbers = [number for number in range(1, highest_run(source) + 1) if _has(source, number)]
    if not numbers:
        raise LabError(f"lab {folder}: no run in it can be read, so {into} was not made")
    lab = Lab(into)
    with lab.writing() as target:
        numbers = [number for number in numbers if _copied(source, target, number)]
    lab.close()
    source.close()
    if copy is not None:
        copy.cleanup()
    for name in _FOLDERS:
        if (folder / name).is_dir():
            shutil.copytree(folder / name, into / name, dirs_exist_ok=True)
    return numbers


def _has(source: sqlite3.Connection, number: int) -> bool:
    return bool(list(_readable(source, "SELECT id FROM runs WHERE id = ?", number)))


def _copied(source: sqlite3.Connection, target: sqlite3.Connection, number: int) -> bool:
    """Copies a run and its rows in other tables, as far as they can be read."""
    rows = list(_readable(source, "SELECT * FROM runs WHERE id = ?", number))
    if not rows or not _copy_rows(target, "runs", rows):
        return False
    for table, columns in _BY_RUN.items():
        # From both ends: rows behind the damage may be readable too.
        for direction in ("ASC", "DESC"):
            order = ", ".join(f"{column} {direction}" for column in columns)
            query = f"SELECT * FROM {table} WHERE run = ? ORDER BY {order}"
            _copy_rows(target, table, _readable(source, query, number))
    return True


def _readable(source: sqlite3.Connection, query: str, number: int) -> Iterator[sqlite3.Row]:
    """The rows up to the first that cannot be read."""
    try:
        yield from source.execute(query, (number,))
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise


def _copy_rows(target: sqlite3.Connection, table: str, rows: Iterable[sqlite3.Row]) -> int:
    """Returns how many of these rows were new and stored."""
    known = {row[1] for row in target.execute(f"PRAGMA table_info({table})")}
    count = 0
    for row in rows:
        names = [name for name in row.keys() if name in known]  # noqa: SIM118, a Row holds values
        marks = ", ".join("?" * len(names))
        values = [row[name] for name in names]
        count += target.execute(
            f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({marks})", values
        ).rowcount
    return count
