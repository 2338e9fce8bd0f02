"""What a schedule will do to a run that its user may not want, and what mends it. NumPy only."""

from prunelab.plan.diagnostics.diagnose import blocking, diagnose
from prunelab.plan.diagnostics.finding import Finding, Mend, Severity

__all__ = ["Finding", "Mend", "Severity", "blocking", "diagnose"]
