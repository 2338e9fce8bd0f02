"""`TargetWatch`: warns a script's user that a target sparsity will be, or was, missed."""

from __future__ import annotations

from collections.abc import Sequence

from prunelab.errors import UsageError, warn
from prunelab.plan import Finding, Plan, blocking
from prunelab.schedules import PruningSchedule

__all__ = ["TargetWatch"]

_LATER = "A later fit with this callback goes on from there."
_NOTHING = "nothing will be pruned: "


class TargetWatch:
    """Warns of what the diagnostics call an error: as `fit` begins, and again where it came true.

    Each warning comes once, so that a loop of many short fits is not a list of warnings.

    Args:
        schedules: The schedules of one callback.
    """

    def __init__(self, schedules: Sequence[PruningSchedule]) -> None:
        # One that answers a step at a time may look at what happened by then, so it is not asked
        # ahead of its time.
        self._schedules = [one for one in schedules if one.vectorised]
        self._step_by_step = len(self._schedules) < len(schedules)
        self._warned_before = self._warned_after = False
        self._looked_at = 0

    def before(self, step: int, epochs: int, steps_per_epoch: int | None) -> None:
        """Warns before the first step of a `fit`, where its length is known.

        Args:
            step: Steps that the callback has counted already, in fits before.
            epochs: Epochs that this `fit` still has.
            steps_per_epoch: Steps of each; None for data of unknown length.
        """
        last = step + epochs * (steps_per_epoch or 0)
        if self._warned_before or last in (step, self._looked_at):
            return
        self._looked_at = last
        found = self._found(last, steps_per_epoch or last)
        if found is not None:
            self._warned_before = True
            warn(f"PruneLowMagnitude: {found.text}. {_mend(found)}{_LATER}")

    def after(self, step: int, sparsity: float) -> None:
        """Warns at the end of a `fit`.

        Args:
            step: Steps that the callback has counted.
            sparsity: What its masks have reached, as a fraction.
        """
        if self._warned_after or not step:
            return
        found = self._found(step, step)
        if found is not None:
            self._warned_after = True
            what = "nothing was pruned" if not sparsity else f"only {sparsity:.2%} were pruned"
            why = found.text.removeprefix(_NOTHING)
            warn(f"PruneLowMagnitude: {what} in {step:,} steps: {why}. {_mend(found)}{_LATER}")
        elif self._step_by_step and not self._schedules and not sparsity:
            self._warned_after = True
            warn(
                f"PruneLowMagnitude: nothing was pruned in {step:,} steps: look at the steps at "
                f"which the schedule answers (True, sparsity). {_LATER}"
            )

    def _found(self, steps: int, steps_per_epoch: int) -> Finding | None:
        for schedule in self._schedules:
            try:
                found = blocking(Plan(schedule, steps, steps_per_epoch))
            except UsageError:
                # More steps than a plan holds, or a schedule that fails on them: training itself
                # says so when it gets there.
                continue
            if found is not None:
                return found
        return None


def _mend(found: Finding) -> str:
    return f"Mend: {found.mends[0].label}. " if found.mends else ""
