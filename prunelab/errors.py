"""The errors that prunelab raises on purpose: one line with the value, the rule and the mend."""

from __future__ import annotations

__all__ = ["LabError", "NothingToPrune", "PrunelabError", "UsageError"]


class PrunelabError(Exception):
    """Base of every error that prunelab raises on purpose. Its text is one line for the user."""


class UsageError(PrunelabError, ValueError):
    """A value that breaks a rule. The text names the value, the rule and the mend."""


class NothingToPrune(PrunelabError, ValueError):
    """The model holds no weight that the pruning callback would prune."""


class LabError(PrunelabError, OSError):
    """The lab's folder or file cannot be used. The text names the folder and the mend."""
