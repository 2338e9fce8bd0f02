"""What might mend each finding, the likeliest first. Whether it does is tried out in `diagnose`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prunelab.plan.diagnostics.finding import Mend
from prunelab.plan.diagnostics.rules import FEW_UPDATES, recovery_steps
from prunelab.plan.diagnostics.schedule_edits import ScheduleEdits
from prunelab.plan.diagnostics.trajectory import Trajectory
from prunelab.schedules.kinds.constant import ConstantSparsity
from prunelab.schedules.kinds.geometric_imp import GeometricIMP
from prunelab.schedules.kinds.polynomial import PolynomialDecay
from prunelab.schedules.levels import Levels
from prunelab.schedules.values.divisors import divisors

__all__ = ["candidates"]


def candidates(code: str, trajectory: Trajectory) -> Iterator[Mend]:
    """Changes that might mend a finding.

    Args:
        code: The finding's code.
        trajectory: What the rules looked at.
    """
    yield from _BY_CODE[code](ScheduleEdits(trajectory), trajectory)


def _nothing_pruned(change: ScheduleEdits, trajectory: Trajectory) -> Iterator[Mend]:
    last = trajectory.steps if change.end < 0 else min(change.end, trajectory.steps)
    if change.begin < last:
        yield from change.with_frequency((last - change.begin) // FEW_UPDATES)
    yield from change.begin_at(change.share(20), "20% of the run")
    yield from change.refit()
    yield from _longer(change)


def _missed(change: ScheduleEdits, trajectory: Trajectory) -> Iterator[Mend]:
    if isinstance(change.schedule, Levels) and change.schedule.held_from > trajectory.steps:
        yield from _sooner(change, change.schedule)
    low = change.last_update(change.end)
    for end in sorted({low, low + change.frequency}, key=lambda end: abs(end - change.end)):
        if end <= trajectory.steps:
            last = len(trajectory.update_steps) and end == trajectory.update_steps[-1]
            yield from change.end_at(end, "the last mask update" if last else "a mask update")
    near = [
        every
        for every in divisors(change.end - change.begin)
        # A frequency of another order is another schedule.
        if change.frequency <= 4 * every <= 16 * change.frequency
    ]
    for every in sorted(near, key=lambda every: abs(every - change.frequency))[:2]:
        yield from change.with_frequency(every)
    yield from change.end_at(low - change.frequency, "a mask update")
    yield from change.refit()


def _sooner(change: ScheduleEdits, schedule: Levels) -> Iterator[Mend]:
    """Rounds that are all in the run, or a run that holds all of a table."""
    if isinstance(schedule, GeometricIMP):
        for percent in (80, 100):
            each = (change.share(percent) - schedule.begin_step) // max(schedule.rounds - 1, 1)
            label = f"a round every {each:,} steps, the last in the first {percent}% of the run"
            yield from change.with_values(label, steps_per_round=each)
    yield from change.train_to(round(schedule.held_from * 1.25))
    yield from change.train_to(schedule.held_from)


def _beyond(change: ScheduleEdits, trajectory: Trajectory) -> Iterator[Mend]:
    yield from change.end_at(change.share(80), "in the first 80% of the run")
    yield from change.end_at(trajectory.steps, "the last mask update of the run")
    yield from _longer(change)
    yield from change.refit()


def _few_updates(change: ScheduleEdits, trajectory: Trajectory) -> Iterator[Mend]:
    length = (trajectory.steps if change.end < 0 else change.end) - change.begin
    for updates in (10, FEW_UPDATES):
        yield from change.with_frequency(_near_below(length // updates, length))
    yield from change.refit()


def _large_jump(change: ScheduleEdits, trajectory: Trajectory) -> Iterator[Mend]:
    schedule = change.schedule
    if isinstance(schedule, ConstantSparsity):
        yield from _rising(change, schedule.target_sparsity)
        return
    length = change.end - change.begin
    for part in (2, 4, 8, 16):
        yield from change.with_frequency(_near_below(change.frequency // part, length))
    rising = 0 < (trajectory.number("initial_sparsity") or 0) <= (trajectory.target or 0)
    if rising:
        yield from change.with_values("begin at 0% sparsity", initial_sparsity=0.0)
    yield from change.with_values("use power 3, which is flat towards the end", power=3)
    yield from change.with_values("use power 1, which rises evenly", power=1)
    yield from change.refit()
    if rising:
        yield from change.refit("begin at 0% sparsity", initial_sparsity=0.0)
        yield from change.refit("use power 1 from 0% sparsity", initial_sparsity=0.0, power=1)
    yield from change.refit("use power 1", power=1)


def _rising(change: ScheduleEdits, target: float) -> Iterator[Mend]:
    """A decay to a constant's sparsity: from its begin, or else from 20 % to 80 % of the run."""
    latest = change.share(80)
    for begin in (change.begin, change.share(20)):
        fine = max((latest - begin) // 10, 1)
        for every in (change.frequency, min(_near_below(fine, latest - begin), change.frequency)):
            end = change.last_update(latest, begin, every)
            label = (
                f"rise to {target:.2%} by a PolynomialDecay from step {begin:,} to {end:,}, "
                f"{'at every step' if every == 1 else f'every {every:,} steps'}"
            )
            decay = PolynomialDecay(0.0, target, begin, end, frequency=every)
            yield from change.replaced_by(label, decay)


def _early(change: ScheduleEdits, trajectory: Trajectory) -> Iterator[Mend]:
    epoch = change.plan.steps_per_epoch
    if epoch * 2 < trajectory.steps:
        yield from change.begin_at(epoch + 1, "after one epoch")
    yield from change.begin_at(change.share(20), "20% of the run")
    yield from change.begin_at(change.share(10), "10% of the run")


def _no_recovery(change: ScheduleEdits, trajectory: Trajectory) -> Iterator[Mend]:
    window = recovery_steps(trajectory)
    if change.end >= 0:
        yield from change.end_at(change.share(80), "in the first 80% of the run")
        yield from change.end_at(trajectory.steps - window, f"{window:,} steps before the run does")
    else:
        yield from change.begin_at(change.share(20), "20% of the run")
    yield from change.train_to(round(max(trajectory.steps, change.end) * 1.2) + 1)
    yield from change.refit()


def _falling(change: ScheduleEdits, trajectory: Trajectory) -> Iterator[Mend]:
    initial, final = trajectory.number("initial_sparsity"), trajectory.number("final_sparsity")
    if initial is not None and final is not None and initial > final:
        values = {"initial_sparsity": final, "final_sparsity": initial}
        label = f"rise from {final:.2%} to {initial:.2%} instead"
        yield from change.with_values(label, **values)
        yield from change.refit(label, **values)


def _many_updates(change: ScheduleEdits, trajectory: Trajectory) -> Iterator[Mend]:
    length = (trajectory.steps if change.end < 0 else change.end) - change.begin
    whole = [every for every in divisors(length) if 10 <= every <= max(length // 100, 10)]
    for every in sorted(whole, key=lambda every: abs(every - 100))[:1]:
        yield from change.with_frequency(every)
    yield from change.with_frequency(10)


def _longer(change: ScheduleEdits) -> Iterator[Mend]:
    """Epochs enough for the schedule's end, or its first update, and a fifth more to recover."""
    wanted = change.end if change.end >= 0 else (change.begin or change.frequency)
    yield from change.train_to(round(wanted * 1.25))
    yield from change.train_to(wanted)


def _near_below(every: int, length: int) -> int:
    """The largest number up to `every` that divides a length, unless that is far below it."""
    below = [one for one in divisors(length) if every <= 2 * one <= 2 * every]
    return max(below, default=max(every, 1))


_BY_CODE: dict[str, Callable[[ScheduleEdits, Trajectory], Iterator[Mend]]] = {
    "nothing-pruned": _nothing_pruned,
    "target-missed": _missed,
    "end-beyond-run": _beyond,
    "few-updates": _few_updates,
    "large-jump": _large_jump,
    "early": _early,
    "no-recovery": _no_recovery,
    "falling": _falling,
    "many-updates": _many_updates,
}
