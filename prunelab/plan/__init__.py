"""Schedules on the real steps of a run, and what they will do there. NumPy only."""

from prunelab.plan.diagnostics import Finding, Mend, Severity, blocking, diagnose
from prunelab.plan.plan import Plan
from prunelab.plan.schedule_on_run import MISS, MOST_STEPS, ScheduleOnRun, steps_per_epoch
from prunelab.schedules.values.typed_numbers import to_step

__all__ = [
    "MISS",
    "MOST_STEPS",
    "Finding",
    "Mend",
    "Plan",
    "ScheduleOnRun",
    "Severity",
    "blocking",
    "diagnose",
    "steps_per_epoch",
    "to_step",
]
