"""The errors that prunelab raises on purpose: one line with the value, the rule and the mend."""

from __future__ import annotations

import sys
import warnings

__all__ = [
    "LabError",
    "NothingToPrune",
    "PrunelabError",
    "PruningWarning",
    "UsageError",
    "first_line",
    "warn",
]


class PrunelabError(Exception):
    """Base of every error that prunelab raises on purpose. Its text is one line for the user."""


class UsageError(PrunelabError, ValueError):
    """A value that breaks a rule. The text names the value, the rule and the mend."""


class NothingToPrune(PrunelabError, ValueError):
    """The model holds no weight that the pruning callback would prune."""


class LabError(PrunelabError, OSError):
    """The lab's folder or file cannot be used. The text names the folder and the mend."""


class PruningWarning(UserWarning):
    """Training goes on, but prunes otherwise than its user may think. One line with the mend."""


def first_line(error: BaseException, most: int | None = None) -> str:
    """The first line of an error's text that is not blank, to be a part of one of ours.

    Args:
        error: The error of other code.
        most: The most characters of it; by default all.

    Returns:
        The line; the name of the error's class where it has no text.
    """
    lines = (line.strip() for line in str(error).splitlines())
    return next((line for line in lines if line), type(error).__name__)[:most]


# The packages whose frames lie between the user's code and a warning.
_BETWEEN = ("prunelab", "keras", "tensorflow")


def warn(text: str) -> None:
    """Warns with a `PruningWarning` at the line of the user's own code that led to it.

    Args:
        text: One line: the problem and the mend.
    """
    level = 1
    frame = sys._getframe()
    while frame.f_back is not None and _package(frame.f_globals) in _BETWEEN:
        frame = frame.f_back
        level += 1
    warnings.warn(text, PruningWarning, stacklevel=level)


def _package(names: dict[str, object]) -> str:
    return str(names.get("__name__", "")).partition(".")[0]
