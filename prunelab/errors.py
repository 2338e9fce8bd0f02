"""The errors that prunelab raises on purpose: one line with the value, the rule and the mend."""

from __future__ import annotations

import sys
import warnings

__all__ = ["LabError", "NothingToPrune", "PrunelabError", "PruningWarning", "UsageError", "warn"]


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


# Between `model.fit` in a user's code and what warns lie these.
_BETWEEN = ("prunelab", "keras", "tensorflow")


def warn(text: str) -> None:
    """Tells a `PruningWarning` at the line of the user's own code that led to it.

    Args:
        text: One line: what is amiss, and the mend.
    """
    level = 1
    frame = sys._getframe()
    while frame.f_back is not None and _package(frame.f_globals) in _BETWEEN:
        frame = frame.f_back
        level += 1
    warnings.warn(text, PruningWarning, stacklevel=level)


def _package(names: dict[str, object]) -> str:
    return str(names.get("__name__", "")).partition(".")[0]
