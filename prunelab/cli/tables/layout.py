"""A table that fits a terminal: on one line a row, on two, or with columns left out."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from prunelab.cli.tables.terminal_text import cut, pad, printable, width, wrapped

__all__ = ["Column", "fitted", "terminal_width"]

_GAP = "  "
_INDENT = "     "
_MORE = "prunelab ... | cat shows all"


@dataclass(frozen=True)
class Column:
    """A column of texts, and what becomes of it where there is little room.

    Attributes:
        name: Its heading.
        cells: Its texts, one a row.
        brief: Shorter texts, for where the table would be too wide with the others; they are never
            cut.
        narrow: Still shorter ones, for a table of two lines a row; by default there are none where
            there is `below`.
        below: Texts of the second line of a row, then.
        least: To how many columns of the terminal a text may be cut; None for not at all.
        needed: Columns of the smallest number are left out first; None for one that stays.
        right: Whether it holds numbers, which stand below one another at their ends.
    """

    name: str
    cells: Sequence[str]
    brief: Sequence[str] | None = None
    narrow: Sequence[str] | None = None
    below: Sequence[str] | None = None
    least: int | None = None
    needed: int | None = None
    right: bool = False

    @property
    def width(self) -> int:
        """What its widest text takes."""
        return max(map(width, (self.name, *self.cells)))

    @property
    def least_width(self) -> int:
        """What it takes once its texts are cut."""
        whole = self.width
        return whole if self.least is None else min(whole, max(self.least, width(self.name)))


def terminal_width() -> int | None:
    """Columns of the terminal that is written to; None where it is a file or another program."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def fitted(columns: Sequence[Column], most: int | None) -> str:
    """The table as lines of at most so many columns of the terminal.

    Args:
        columns: The columns, of equally many cells.
        most: How wide it may be; None for as wide as it is.

    Returns:
        A line for the headings, and one or two a row; a last one names what found no room.
    """
    whole = [_printable(one, one.cells) for one in columns]
    if most is None or _total([one.width for one in whole]) <= most:
        return "\n".join(_lines(whole))
    brief = [
        _printable(one, one.cells)
        if one.brief is None
        # Cut any shorter, rows would look alike.
        else replace(_printable(one, one.brief), least=None)
        for one in columns
    ]
    if _total([one.least_width for one in brief]) <= most:
        return "\n".join(_lines(_cut(brief, most)))
    above = [
        _printable(one, one.cells if one.narrow is None else one.narrow)
        for one in columns
        if one.narrow is not None or one.below is None
    ]
    staying = _that_fit(above, most)
    left_out = [one.name for one in above if one not in staying]
    head, *rows = _lines(_cut(staying, most))
    lines = [head]
    second = zip(*(one.below for one in columns if one.below is not None), strict=True)
    for row, texts in zip(rows, list(second) or [()] * len(rows), strict=True):
        line = ", ".join(printable(text) for text in texts if text)
        lines += [row, *(_INDENT + part for part in wrapped(line, most - len(_INDENT)))]
    if left_out:
        lines += wrapped(f"(no room for {', '.join(left_out)}: {_MORE})", most)
    return "\n".join(lines)


def _printable(one: Column, cells: Sequence[str]) -> Column:
    return replace(one, cells=[printable(cell) for cell in cells])


def _that_fit(columns: Sequence[Column], most: int) -> list[Column]:
    staying = list(columns)
    while _total([one.least_width for one in staying]) > most:
        spare = [one for one in staying if one.needed is not None]
        if not spare:
            break
        staying.remove(min(spare, key=lambda one: one.needed or 0))
    return staying


def _cut(columns: Sequence[Column], most: int) -> list[Column]:
    """Takes what is too much from the widest of the columns that may be cut."""
    widths, least = [one.width for one in columns], [one.least_width for one in columns]
    for _ in range(_total(widths) - most):
        shrinkable = [at for at in range(len(widths)) if widths[at] > least[at]]
        if not shrinkable:
            break
        widths[max(shrinkable, key=lambda at: widths[at])] -= 1
    return [
        replace(one, cells=[cut(cell, room) for cell in one.cells])
        for one, room in zip(columns, widths, strict=True)
    ]


def _lines(columns: Sequence[Column]) -> list[str]:
    """The headings and the rows."""
    widths = [one.width for one in columns]
    rows = [[one.name for one in columns], *zip(*(one.cells for one in columns), strict=True)]
    return [
        _GAP.join(
            pad(cell, room, right=one.right)
            for cell, room, one in zip(row, widths, columns, strict=True)
        ).rstrip()
        for row in rows
    ]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)
