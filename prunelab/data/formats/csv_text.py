"""How a CSV file is written: its delimiter, its row of names, its numbers."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prunelab.errors import UsageError

__all__ = ["MISSING", "TRUTHS", "CsvText", "csv_text"]

# What stands for no value, in any case of letters that is usual.
MISSING = ["", "NA", "N/A", "#N/A", "NaN", "nan", "-nan", "null", "NULL", "None", "na", "n/a", "?"]
TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

_DELIMITERS = ",;\t|"
_LINES = 50
_MOST_COLUMNS = 1_000_000
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
# So many columns called 0, 1, 2 ... are the names that pandas gives, and no sample.
_NUMBERED_NAMES = 4
# No value of a table of numbers and classes.
_SURELY_NAMES = {"target", "label", "labels", "class"}


@dataclass(frozen=True)
class CsvText:
    """How a file is written.

    Attributes:
        delimiter: What stands between two values.
        names: What the columns are called; their numbers from 1 where there is no row of names.
        has_names: Whether the first row is one of names.
        decimal: The decimal point.
        skip: Lines before the first row of values: empty ones, and that of the names.
        first_rows: Some first rows of values.
    """

    delimiter: str
    names: tuple[str, ...]
    has_names: bool
    decimal: str
    skip: int
    first_rows: tuple[tuple[str, ...], ...]

    def is_number(self, text: str) -> bool:
        """Whether a value is written as a number."""
        return _is_number(text, self.decimal)


def csv_text(path: Path, head: bytes, whole: bool) -> CsvText:
    """Finds out how a file is written.

    Args:
        path: The file, for errors.
        head: Its beginning.
        whole: Whether that is all of it.

    Raises:
        UsageError: where it is no table in text.
    """
    lines = _lines(path, head, whole)
    delimiter = _delimiter(path, lines)
    rows = [tuple(row) for row in csv.reader(lines, delimiter=delimiter) if row]
    width = len(rows[0])
    if width > _MOST_COLUMNS:
        raise UsageError(f"{path} has {width:,} columns: save them as the arrays of an .npz file")
    rows = [row for row in rows if len(row) == width]
    cells = [cell.strip() for row in rows for cell in row]
    commas = delimiter != "," and any(_DECIMAL_COMMA.fullmatch(cell) for cell in cells)
    decimal = "," if commas else "."
    has_names = _has_names(rows, decimal)
    names = [name.strip() for name in rows[0]] if has_names else map(str, range(1, width + 1))
    values = tuple(rows[1:] if has_names else rows)
    if not values:
        raise UsageError(f"{path} holds names of columns and no row: give it some")
    text = head.decode("utf-8-sig", "replace")
    empty = text[: len(text) - len(text.lstrip())].count("\n")
    return CsvText(delimiter, tuple(names), has_names, decimal, empty + has_names, values)


def _lines(path: Path, head: bytes, whole: bool) -> list[str]:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UsageError(f"{path} is written in UTF-16: save it as UTF-8")
    if b"\0" in head:
        raise UsageError(f"{path} is no table in text: save it as .csv in UTF-8")
    lines = head.decode("utf-8-sig", "replace").splitlines()
    if not whole and len(lines) < 2:
        raise UsageError(
            f"{path}: its first line is longer than {len(head):,} bytes, which no table has: "
            "save it as .csv, a line a sample"
        )
    # The last line of a beginning may be cut.
    lines = [line for line in (lines if whole else lines[:-1]) if line.strip()][:_LINES]
    if not lines:
        raise UsageError(f"{path} is empty: save the table again")
    return lines


def _delimiter(path: Path, lines: Sequence[str]) -> str:
    """The delimiter that gives most rows the most columns, as many as the first has."""
    best, most = "", 1
    for one in _DELIMITERS:
        rows = [row for row in csv.reader(lines, delimiter=one) if row]
        width = len(rows[0])
        if sum(len(row) == width for row in rows) * 2 > len(rows) and width > most:
            best, most = one, width
    if not best:
        raise UsageError(
            f"{path} has one column alone: put commas, semicolons or tabs between the values"
        )
    return best


def _has_names(rows: Sequence[Sequence[str]], decimal: str) -> bool:
    first = [_is_number(cell, decimal) for cell in rows[0]]
    if all(first):
        numbers = [cell.strip() for cell in rows[0]]
        return len(first) >= _NUMBERED_NAMES and numbers == [str(n) for n in range(len(first))]
    if not any(first) or len(rows) < 2:
        return True
    if any(cell.strip().lower() in _SURELY_NAMES for cell in rows[0]):
        return True
    # Names may be numbers, but values below names that are none are numbers somewhere.
    second = [_is_number(cell, decimal) for cell in rows[1]]
    return any(below and not above for above, below in zip(first, second, strict=True))


def _is_number(text: str, decimal: str) -> bool:
    text = text.strip()
    if decimal == ",":
        text = text.replace(",", ".")
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text
