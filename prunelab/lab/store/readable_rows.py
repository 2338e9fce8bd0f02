"""Reading rows of a lab whose file may be damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from prunelab.lab.store.sqlite_errors import is_damage

__all__ = ["highest_run", "read_table", "run_rows"]

_RUNS = """SELECT runs.*, requests.asked AS stop_asked FROM runs
    LEFT JOIN requests ON requests.run = runs.id AND requests.kind = 'stop'"""

# The columns that hold text.
_TEXTS = frozenset({"weight"})

# The least bytes of a row of `runs`.
_LEAST_ROW = 50

OnDamage = Callable[[sqlite3.Error], None]
"""A function that is called where a part of the file cannot be read."""


def run_rows(
    connection: sqlite3.Connection, on_damage: OnDamage, number: int | None = None
) -> list[dict[str, Any]]:
    """The rows of the table of runs, the newest first, each with `stop_asked`.

    Args:
        connection: To the lab's file.
        on_damage: Called where a row cannot be read; of that row only the number is given.
        number: The one run to read; by default all.
    """
    which, values = ("", ()) if number is None else (" WHERE id = ?", (number,))
    try:
        found = connection.execute(f"{_RUNS}{which} ORDER BY id DESC", values)
        return [dict(row) for row in found]
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        on_damage(error)
    numbers = range(highest_run(connection), 0, -1) if number is None else [number]
    rows = (_row(connection, one) for one in numbers)
    return [row for row in rows if row is not None]


def read_table(
    connection: sqlite3.Connection, query: str, values: Sequence[Any], on_damage: OnDamage
) -> pd.DataFrame:
    """The result of a query, as far as it can be read; values that are no numbers become NaN.

    Args:
        connection: To the lab's file.
        query: The query.
        values: Values of its placeholders.
        on_damage: Called where the rest cannot be read.
    """
    cursor = connection.execute(query, values)
    cursor.row_factory = None
    names = [column[0] for column in cursor.description]
    rows: list[Any] = []
    try:
        for row in cursor:
            rows.append(row)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        on_damage(error)
    table = pd.DataFrame.from_records(rows, columns=names, coerce_float=True)
    for name in names:
        if name not in _TEXTS and not is_numeric_dtype(table[name]):
            table[name] = pd.to_numeric(table[name], errors="coerce")
    return table


def highest_run(connection: sqlite3.Connection) -> int:
    """The highest number that a run ever had."""
    query = "SELECT seq FROM sqlite_sequence WHERE name = 'runs'"
    found = connection.execute(query).fetchone()
    if found is None or not isinstance(found[0], int):
        return 0
    pages, size = (
        int(connection.execute(f"PRAGMA {what}").fetchone()[0])
        for what in ("page_count", "page_size")
    )
    # Bounded: the number may be damaged as well.
    return min(found[0], pages * size // _LEAST_ROW)


def _row(connection: sqlite3.Connection, number: int) -> dict[str, Any] | None:
    try:
        query = "SELECT *, NULL AS stop_asked FROM runs WHERE id = ?"
        found = connection.execute(query, (number,)).fetchone()
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return {"id": number, "state": None, "details": None}
    return None if found is None else dict(found)
