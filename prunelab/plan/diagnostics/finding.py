"""What `diagnose` reports: a finding, and the changes that would mend it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from prunelab.plan.schedule_on_run import ScheduleOnRun
from prunelab.schedules.base import PruningSchedule

__all__ = ["SEVERITIES", "Finding", "Mend", "Severity"]

P = TypeVar("P", bound=ScheduleOnRun)
Severity = Literal["error", "warning", "note"]

# The gravest first, which is the order in which findings are shown.
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True)
class Mend:
    """One change after which the finding is gone, and no new error is there.

    Attributes:
        label: What to do, with its figures, such as "end at step 5,752, the last mask update".
        schedule: The schedule to use instead; None keeps the one there is.
        epochs: The epochs to train for instead; None keeps the run's length.
    """

    label: str
    schedule: PruningSchedule | None = None
    epochs: int | None = None

    def apply(self, plan: P) -> P:
        """The plan with this change.

        Raises:
            UsageError: where the run would have more steps than a run can have.
        """
        return replace(
            plan,
            schedule=plan.schedule if self.schedule is None else self.schedule,
            steps=plan.steps if self.epochs is None else self.epochs * plan.steps_per_epoch,
        )


@dataclass(frozen=True)
class Finding:
    """One thing that a plan does and its user may not want.

    Attributes:
        code: A short name, such as "nothing-pruned"; it stays the same from version to version.
        severity: "error" where the run will not do what was chosen, "warning" where it will
            probably disappoint, "note" where it is worth knowing.
        text: What happens, in one line with its figures.
        mends: Changes that each mend it, the best first; none where there is none to offer.
    """

    code: str
    severity: Severity
    text: str
    mends: tuple[Mend, ...] = ()
