"""The dialect of a CSV file: delimiter, row of names, decimal point."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prunelab.errors import UsageError

__all__ = ["BOOLEANS", "MISSING", "CsvText", "csv_text"]

# Texts for a missing value, in the usual spellings.
MISSING = ["", "NA", "N/A", "#N/A", "NaN", "nan", "-nan", "null", "NULL", "None", "na", "n/a", "?"]
BOOLEANS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}

_DELIMITERS = ",;\t|"
_LINES = 50
_MAX_COLUMNS = 1_000_000
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
# This many columns called 0, 1, 2 ... are names given by pandas, not a sample.
_MIN_NUMBERED_NAMES = 4
# Names that are no value of a table of numbers and classes.
_SURELY_NAMES = {"target", "label", "labels", "class"}


@dataclass(frozen=True)
class CsvText:
    """The dialect of a file.

    Attributes:
        delimiter: The character between two values.
        names: Names of the columns; their numbers from 1 where there is no row of names.
        has_names: Whether the first row is one of names.
        decimal: The decimal point.
        skip: Lines before the first row of values: empty ones, and the row of names.
        first_rows: The first rows of values.
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


def csv_text(path: Path, head: bytes, complete: bool) -> CsvText:
    """Detects the dialect of a file.

    Args:
        path: The file, for errors.
        head: Its beginning.
        complete: Whether that is all of it.

    Raises:
        UsageError: where it is not a table as text.
    """
    lines = _lines(path, head, complete)
    delimiter = _delimiter(path, lines)
    rows = [tuple(row) for row in csv.reader(lines, delimiter=delimiter) if row]
    width = len(rows[0])
    if width > _MAX_COLUMNS:
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


def _lines(path: Path, head: bytes, complete: bool) -> list[str]:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UsageError(f"{path} is written in UTF-16: save it as UTF-8")
    if b"\0" in head:
        raise UsageError(f"{path} is no table in text: save it as .csv in UTF-8")
    lines = head.decode("utf-8-sig", "replace").splitlines()
    if not complete and len(lines) < 2:
        raise UsageError(
            f"{path}: its first line is longer than {len(head):,} bytes, which no table has: "
            "save it as .csv, a line a sample"
        )
    # The last line may be incomplete.
    lines = [line for line in (lines if complete else lines[:-1]) if line.strip()][:_LINES]
    if not lines:
        raise UsageError(f"{path} is empty: save the table again")
    return lines


def _delimiter(path: Path, lines: Sequence[str]) -> str:
    """The delimiter of the most columns, with as many in most rows as in the first."""
    best, width_of_best = "", 1
    for candidate in _DELIMITERS:
        rows = [row for row in csv.reader(lines, delimiter=candidate) if row]
        width = len(rows[0])
        if sum(len(row) == width for row in rows) * 2 > len(rows) and width > width_of_best:
            best, width_of_best = candidate, width
    if not best:
        raise UsageError(
            f"{path} has one column alone: put commas, semicolons or tabs between the values"
        )
    return best


def _has_names(rows: Sequence[Sequence[str]], decimal: str) -> bool:
    first = [_is_number(cell, decimal) for cell in rows[0]]
    if all(first):
        numbers = [cell.strip() for cell in rows[0]]
        return len(first) >= _MIN_NUMBERED_NAMES and numbers == [str(n) for n in range(len(first))]
    if not any(first) or len(rows) < 2:
        return True
    if any(cell.strip().lower() in _SURELY_NAMES for cell in rows[0]):
        return True
    # Some names may be numbers; a number below a text marks the first row as names.
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
