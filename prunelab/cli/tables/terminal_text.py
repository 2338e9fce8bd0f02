"""Texts as a terminal shows them: in one line, so many columns wide."""

from __future__ import annotations

import unicodedata

__all__ = ["cut", "pad", "printable", "width", "wrapped"]

_MARK = "..."

# It joins the parts of one emoji; all else that is not printable could move the cursor.
_JOINER = "\u200d"


def printable(text: str) -> str:
    r"""The text with an escape such as `\n` for whatever is no letter of a line."""
    if text.isprintable():
        return text
    return "".join(
        letter
        if letter.isprintable() or letter == _JOINER
        else letter.encode("unicode_escape", "surrogatepass").decode("ascii")
        for letter in text
    )


def width(text: str) -> int:
    """Columns that a printable text takes: two for a wide letter, none for an accent on another."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def cut(text: str, most: int) -> str:
    """The text in at most so many columns, with a mark where something was left out."""
    if width(text) <= most:
        return text
    mark = _MARK[:most]
    left, start = most - len(mark), ""
    for letter in text:
        left -= _columns(letter)
        if left < 0:
            break
        start += letter
    return start.rstrip() + mark


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """The text filled with blanks to so many columns."""
    blanks = " " * (columns - width(text))
    return blanks + text if right else text + blanks


def wrapped(text: str, most: int) -> list[str]:
    """The text on lines of at most so many columns, broken at blanks where there are any."""
    lines = [""]
    for word in text.split():
        if lines[-1] and width(lines[-1]) + 1 + width(word) <= most:
            lines[-1] += " " + word
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if width(lines[-1] + letter) > max(most, 2):
                lines.append("")
            lines[-1] += letter
    return [line for line in lines if line]


def _columns(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
