"""`diagnose`: the findings of a plan, each with the changes that were tried and mend it."""

from __future__ import annotations

from dataclasses import replace

from prunelab.errors import UsageError
from prunelab.plan.diagnostics.finding import SEVERITIES, Finding, Mend
from prunelab.plan.diagnostics.fix_candidates import candidates
from prunelab.plan.diagnostics.rules import Limits, findings
from prunelab.plan.diagnostics.trajectory import Trajectory
from prunelab.plan.schedule_on_run import ScheduleOnRun

__all__ = ["blocking", "diagnose"]

_MOST_MENDS = 3

# With more updates than this a trial takes milliseconds: one good mend is enough then.
_LONG = 100_000

# A class that answers step by step takes so long that no mend is tried on longer runs.
_STEP_BY_STEP = 50_000

# Two names of one thing: a change that trades one for the other mends nothing.
_SAME = {"end-beyond-run": "target-missed"}


def diagnose(plan: ScheduleOnRun, *, jump: float = 0.3, trained: bool = False) -> list[Finding]:
    """Says what a schedule will do to a run that its user may not want.

    Args:
        plan: The schedule on the run.
        jump: The largest rise of sparsity in one mask update that is not reported, as a fraction.
        trained: Whether the weights are trained already when the run begins, so that pruning
            early is no mistake.

    Returns:
        The findings, errors first; none for a baseline.

    Raises:
        UsageError: for a jump that is no fraction, or a schedule that fails on the run's steps.
    """
    if not 0.0 < jump <= 1.0:
        raise UsageError(f"jump={jump!r} must be in range (0, 1]: use 0.3, say")
    if plan.schedule is None:
        return []
    trajectory, limits = Trajectory(plan), Limits(jump, trained)
    found = sorted(findings(trajectory, limits), key=lambda one: SEVERITIES.index(one.severity))
    if not plan.schedule.vectorised and plan.steps > _STEP_BY_STEP:
        return found
    trials = _Trials(plan, limits, found)
    return [replace(one, mends=trials.mends(one, trajectory)) for one in found]


def blocking(plan: ScheduleOnRun) -> Finding | None:
    """The finding for which a run does not start unless its user insists.

    It is that of a run that will not do what was chosen: nothing is pruned, or the target is missed
    by more than a point. The command line asks for `--force` then, a page asks before it starts.

    Args:
        plan: The schedule on the run.

    Returns:
        The first finding of severity "error", with its mends; None where there is none, and always
        for a baseline.

    Raises:
        UsageError: for a schedule that fails on the run's steps.
    """
    if plan.schedule is None:
        return None
    if all(one.severity != "error" for one in findings(Trajectory(plan), Limits())):
        return None  # No mend is tried for a plan that may run.
    return diagnose(plan)[0]


class _Trials:
    """Tries changes of a plan out; each changed plan is looked at once for all findings."""

    def __init__(self, plan: ScheduleOnRun, limits: Limits, found: list[Finding]) -> None:
        self._plan = plan
        self._limits = limits
        self._found = {_name(one) for one in found}
        self._errors = {one.code for one in found if one.severity == "error"}
        self._seen: dict[tuple[str, int | None], list[Finding] | None] = {}

    def mends(self, finding: Finding, trajectory: Trajectory) -> tuple[Mend, ...]:
        """The candidates that mend a finding; those that bring least in its place first."""
        good: dict[tuple[str, int | None], tuple[int, Mend]] = {}
        wanted = 1 if len(trajectory.update_steps) > _LONG else _MOST_MENDS
        for mend in candidates(finding.code, trajectory):
            after = self._after(mend)
            if after is None:
                continue
            names = {_name(one) for one in after}
            errors = {one.code for one in after if one.severity == "error"}
            if _name(finding) not in names and errors <= self._errors:
                worse = {_name(one) for one in after if one.severity != "note"} - self._found
                good.setdefault(_key(mend), (len(worse), mend))
            if sum(not count for count, _ in good.values()) >= wanted:
                break
        best = sorted(good.values(), key=lambda one: one[0])
        return tuple(mend for _, mend in best[:wanted])

    def _after(self, mend: Mend) -> list[Finding] | None:
        """What the rules find after a change; None where the run or the schedule refuses it."""
        key = _key(mend)
        if key not in self._seen:
            try:
                self._seen[key] = findings(Trajectory(mend.apply(self._plan)), self._limits)
            except UsageError:
                self._seen[key] = None
        return self._seen[key]


def _name(finding: Finding) -> str:
    return _SAME.get(finding.code, finding.code)


def _key(mend: Mend) -> tuple[str, int | None]:
    """What a change comes to: a user's own dataclass need not be hashable, but shows its fields."""
    return repr(mend.schedule), mend.epochs
