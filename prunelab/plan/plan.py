"""`Plan`: a schedule on a run, with what its user may not want of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from prunelab.plan.diagnostics import Finding, diagnose
from prunelab.plan.schedule_on_run import ScheduleOnRun

__all__ = ["Plan"]


@dataclass(frozen=True)
class Plan(ScheduleOnRun):
    """What a schedule does on the steps of one run, and the findings of that.

    Attributes and errors are those of `ScheduleOnRun`.
    """

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What `diagnose` finds by its default limits, errors first."""
        return tuple(diagnose(self))
