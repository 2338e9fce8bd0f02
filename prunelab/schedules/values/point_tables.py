"""Tables of two columns: checked, and as text such as "1000:0.5, 2000:0.75"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from prunelab.errors import UsageError
from prunelab.schedules.values.typed_numbers import ratio_from

__all__ = ["pairs_from_text", "pairs_of", "pairs_to_text"]


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


def pairs_from_text(text: str, name: str, example: str) -> list[tuple[str, float]]:
    """Reads "left:right, left:right".

    Args:
        text: What was typed; spaces, a comma or line break at the end do not matter.
        name: The parameter's name, for the error.
        example: What to write instead, likewise.

    Returns:
        The left sides as they were typed and the right sides as numbers; "75%" is 0.75.

    Raises:
        UsageError: for a text of another form, with the part that does not fit.
    """
    rows = [part.strip() for part in text.replace("\n", ",").replace(";", ",").split(",")]
    rows = [row for row in rows if row]
    if not rows:
        raise UsageError(f"{name} is empty: use {example}")
    found = []
    for row in rows:
        left, _, right = (part.strip() for part in row.partition(":"))
        if not left or not right or ":" in right:
            raise UsageError(f"{name}: {row!r} is not of the form place:sparsity: use {example}")
        found.append((left, ratio_from(right, f"{name}: sparsity")))
    return found


def pairs_to_text(pairs: Iterable[tuple[float, float]]) -> str:
    """The text that `pairs_from_text` reads as these pairs."""
    return ", ".join(f"{_number(left)}:{_number(right)}" for left, right in pairs)


def _number(value: float) -> str:
    """A number in full, but a whole one without a point."""
    return repr(value).removesuffix(".0")
