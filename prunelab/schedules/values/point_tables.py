"""Tables of two columns: checked, and as text such as "1000:0.5, 2000:0.75"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from prunelab.errors import UsageError

__all__ = ["pairs_from", "pairs_of", "pairs_to_text"]


def pairs_of(value: Any, name: str, example: str) -> list[tuple[Any, Any]]:
    """The rows of a table.

    Args:
        value: A dictionary, or pairs in a list or tuple, as JSON gives them.
        name: The parameter's name, for the error.
        example: What to write instead, likewise.

    Raises:
        UsageError: for anything else.
    """
    rows = value.items() if isinstance(value, Mapping) else value
    if isinstance(rows, Iterable) and not isinstance(rows, str):
        found = [row if isinstance(row, list | tuple) else () for row in rows]
        if all(len(row) == 2 for row in found):
            return [(row[0], row[1]) for row in found]
    raise UsageError(f"{name}={value!r} is not a table of pairs: use {example}")


def pairs_from(given: Any, name: str, example: str, rows: str) -> list[tuple[Any, Any]]:
    """Reads "left:right, left:right", or what `pairs_of` takes.

    Args:
        given: What was typed (spaces, a comma or line break at the end do not matter), or rows.
        name: The parameter's name, for the error.
        example: A text to write instead, likewise.
        rows: Rows to write instead, likewise.

    Returns:
        Both sides of each row as they were given, of a text as texts.

    Raises:
        UsageError: for another form, with the part that does not fit.
    """
    return _parts(given, name, example) if isinstance(given, str) else pairs_of(given, name, rows)


def pairs_to_text(pairs: Iterable[tuple[float, float]]) -> str:
    """The text that `pairs_from` reads as these pairs."""
    return ", ".join(f"{_number(left)}:{_number(right)}" for left, right in pairs)


def _number(value: float) -> str:
    """A number in full, but a whole one without a point."""
    return repr(value).removesuffix(".0")


def _parts(text: str, name: str, example: str) -> list[tuple[Any, Any]]:
    rows = [part.strip() for part in text.replace("\n", ",").replace(";", ",").split(",")]
    rows = [row for row in rows if row]
    if not rows:
        raise UsageError(f"{name} is empty: use {example}")
    found = []
    for row in rows:
        left, _, right = (part.strip() for part in row.partition(":"))
        if not left or not right or ":" in right:
            raise UsageError(f"{name}: {row!r} is not of the form place:sparsity: use {example}")
        found.append((left, right))
    return found
