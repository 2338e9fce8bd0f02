"""The linter of a plan: what a schedule will do to a run that its user may not want. NumPy only."""

from prunelab.lint.check import blocking, lint
from prunelab.lint.finding import Finding, Mend, Severity

__all__ = ["Finding", "Mend", "Severity", "blocking", "lint"]
