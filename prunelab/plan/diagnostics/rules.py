"""The rules of `diagnose`: each looks at a trajectory and says what it finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from prunelab.plan.diagnostics.finding import Finding, Severity
from prunelab.plan.diagnostics.trajectory import Trajectory
from prunelab.plan.schedule_on_run import MISS

__all__ = ["FEW_UPDATES", "Limits", "findings", "learning_steps", "recovery_steps"]

# A target missed by more than a point is not the network that was chosen.
_GRAVE_MISS = 0.01

# A curve followed in fewer steps is no curve any more.
FEW_UPDATES = 5

# The smallest quarter of the weights matters little even where they are near to chance.
_EARLY_SPARSITY = 0.25

# Dropping no more than this share of what is left needs no recovery to speak of.
_LATE_SHARE = 0.01

# An update every 10 steps costs a small model a few percent; a few of them cost no one anything.
_MANY_UPDATES, _OFTEN = 2_000, 10


@dataclass(frozen=True)
class Limits:
    """What a user may set.

    Attributes:
        jump: The largest rise of sparsity in one mask update that is not reported.
        trained: Whether the weights are trained already when the run begins.
    """

    jump: float = 0.3
    trained: bool = False


def findings(trajectory: Trajectory, limits: Limits) -> list[Finding]:
    """Everything that the rules find, without mends, in the order of the rules."""
    nothing = list(_nothing_pruned(trajectory))
    if nothing:
        return nothing
    found = [*_missed(trajectory), *_few_updates(trajectory), *_large_jump(trajectory, limits.jump)]
    if not limits.trained:
        found += _early(trajectory)
    return [*found, *_no_recovery(trajectory), *_falls(trajectory), *_many_updates(trajectory)]


def learning_steps(trajectory: Trajectory) -> int:
    """The steps in which a network learns its first: one epoch, at most 10 % of the run."""
    return min(trajectory.plan.steps_per_epoch, trajectory.steps // 10)


def recovery_steps(trajectory: Trajectory) -> int:
    """The steps that a network needs at the end: one epoch, at most 5 % of the run."""
    return min(trajectory.plan.steps_per_epoch, trajectory.steps // 20)


def _nothing_pruned(trajectory: Trajectory) -> Iterator[Finding]:
    if trajectory.highest > 0:
        return
    if len(trajectory.update_steps):
        count, first = len(trajectory.update_steps), trajectory.update_steps[0]
        why = f"all {count:,} mask updates ask for 0% sparsity"
        if count == 1:
            why = f"the only mask update, at step {first:,}, asks for 0% sparsity"
    else:
        why = _no_update(trajectory)
    yield Finding("nothing-pruned", "error", f"nothing will be pruned: {why}")


def _no_update(trajectory: Trajectory) -> str:
    begin, end, every = (trajectory.step(name) for name in ("begin_step", "end_step", "frequency"))
    if begin is not None and begin > trajectory.steps:
        return f"the schedule begins at step {begin:,} of a run of {trajectory.steps:,}"
    # Steps count from 1: what begins at 0 has its first update one frequency later.
    first = begin or every
    if first is not None and end is not None and 0 <= end < first:
        return f"it ends at step {end:,}, before its first mask update at step {first:,}"
    if first is not None and first > trajectory.steps:
        return f"the first mask update would be at step {first:,} of a run of {trajectory.steps:,}"
    return f"no mask update falls in the run's {trajectory.steps:,} steps"


def _missed(trajectory: Trajectory) -> Iterator[Finding]:
    """Where the last update leaves less than was chosen; of a wave, its crest counts."""
    reached = trajectory.highest if trajectory.falls_by_design else float(trajectory.after[-1])
    target = trajectory.target
    if target is None or reached >= target - MISS:
        return
    severity: Severity = "error" if target - reached > _GRAVE_MISS else "warning"
    end, last = trajectory.step("end_step"), int(trajectory.update_steps[-1])
    reaches = f"it reaches {reached:.2%} of the {target:.2%} asked for"
    if end is not None and end > trajectory.steps:
        text = f"the schedule ends at step {end:,} of a run of {trajectory.steps:,}: {reaches}"
        yield Finding("end-beyond-run", severity, text)
        return
    early = f", before the end at step {end:,}" if end is not None and end > last else ""
    text = f"the last mask update is at step {last:,}{early}: {reaches}"
    yield Finding("target-missed", severity, text)


def _few_updates(trajectory: Trajectory) -> Iterator[Finding]:
    """Where a curve that moves between updates is followed by fewer than `FEW_UPDATES`."""
    count = int(np.argmax(trajectory.after >= trajectory.highest - MISS)) + 1
    if count >= FEW_UPDATES:
        return
    at = trajectory.update_steps[:count]
    begun = np.array([max(trajectory.step("begin_step") or 1, 1)])
    since = np.minimum(np.concatenate([begun, at[:-1]]), at)
    # A schedule that goes in steps on purpose stands still from one update to the next.
    moved = np.abs(trajectory.scheduled(np.maximum(at - 1, since)) - trajectory.scheduled(since))
    if moved.max() <= MISS:
        return
    updates = "1 mask update follows" if count == 1 else f"{count} mask updates follow"
    text = f"only {updates} the curve to {trajectory.highest:.2%}: use {FEW_UPDATES} or more"
    yield Finding("few-updates", "warning", text)


def _large_jump(trajectory: Trajectory, jump: float) -> Iterator[Finding]:
    """The largest rise in one update; a note where the schedule's own curve makes that jump."""
    above = np.flatnonzero(trajectory.increases > jump + MISS)
    if not len(above):
        return
    at = trajectory.update_steps[above]
    since = np.concatenate([np.zeros(1, np.int64), trajectory.update_steps[:-1]])[above]
    by_itself = np.maximum(
        trajectory.scheduled(at) - trajectory.scheduled(at - 1),
        trajectory.scheduled(since + 1) - trajectory.scheduled(since),
    )
    lagging = above[by_itself <= jump + MISS]
    among = lagging if len(lagging) else above
    one = int(among[np.argmax(trajectory.increases[among])])
    before, after = trajectory.before[one], trajectory.after[one]
    text = (
        f"the mask update at step {trajectory.update_steps[one]:,} raises sparsity from "
        f"{before:.2%} to {after:.2%} at once, by more than {jump:.0%}"
    )
    if len(among) > 1:
        text += f" (the largest of {len(among):,} such jumps)"
    yield Finding("large-jump", "warning" if len(lagging) else "note", text)


def _early(trajectory: Trajectory) -> Iterator[Finding]:
    """Much pruned before the weights say which of them matter: the choice is near to chance."""
    bound = learning_steps(trajectory)
    inside = trajectory.after[: np.searchsorted(trajectory.update_steps, bound, side="right")]
    highest = float(inside.max(initial=0.0))
    if highest <= _EARLY_SPARSITY:
        return
    whole = bound == trajectory.plan.steps_per_epoch
    text = (
        f"{highest:.2%} of the weights are pruned by step {bound:,}, in the first "
        f"{'epoch' if whole else '10% of the run'}: too early unless they are trained already"
    )
    yield Finding("early", "warning", text)


def _no_recovery(trajectory: Trajectory) -> Iterator[Finding]:
    """Weights are still dropped at the very end, with no training left to make up for them."""
    window = recovery_steps(trajectory)
    start = trajectory.steps - window
    held = float(trajectory.plan.masks_at(np.array([start]))[0])
    late = np.searchsorted(trajectory.update_steps, start, side="right")
    top = float(trajectory.after[late:].max(initial=0.0))
    if window < 1 or top - held <= _LATE_SHARE * (1.0 - held):
        return
    last = int(trajectory.update_steps[late:][trajectory.increases[late:] > 0][-1])
    left = trajectory.steps - last
    text = (
        f"sparsity still rises from {held:.2%} to {top:.2%} in the last {window:,} steps, "
        f"and {left:,} {'step is' if left == 1 else 'steps are'} left to recover"
    )
    yield Finding("no-recovery", "warning", text)


def _falls(trajectory: Trajectory) -> Iterator[Finding]:
    one = int(np.argmin(trajectory.increases))
    if trajectory.falls_by_design or trajectory.increases[one] >= -MISS:
        return
    initial, final = trajectory.number("initial_sparsity"), trajectory.number("final_sparsity")
    if initial is not None and final is not None and initial > final:
        text = (
            f"sparsity falls from {initial:.2%} to {final:.2%}, so weights come back: "
            "initial_sparsity is above final_sparsity"
        )
        yield Finding("falling", "warning", text)
        return
    text = (
        f"the mask update at step {trajectory.update_steps[one]:,} lowers sparsity from "
        f"{trajectory.before[one]:.2%} to {trajectory.after[one]:.2%}: weights come back"
    )
    yield Finding("falling", "note", text)


def _many_updates(trajectory: Trajectory) -> Iterator[Finding]:
    count = len(trajectory.update_steps)
    length = int(trajectory.update_steps[-1]) - int(trajectory.update_steps[0])
    between = length / max(count - 1, 1)
    if count <= _MANY_UPDATES or between >= _OFTEN:
        return
    often = "step" if between == 1 else f"{between:.3g} steps"
    text = f"{count:,} mask updates, one every {often}: each costs time, fewer do as well"
    yield Finding("many-updates", "note", text)
