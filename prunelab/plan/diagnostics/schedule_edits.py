"""Changes of a schedule with `begin_step`, `end_step` and `frequency`, each as a mend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from prunelab.plan.diagnostics.finding import Mend
from prunelab.plan.diagnostics.trajectory import Trajectory
from prunelab.schedules.base import PruningSchedule

__all__ = ["ScheduleEdits"]


class ScheduleEdits:
    """What can be changed about the schedule of a plan. What its class refuses is left out.

    Args:
        trajectory: A plan with a schedule, as the rules look at it.

    Attributes:
        begin: Its `begin_step`; 0 where it has none.
        end: Its `end_step`; -1 where it has none, or goes on for ever.
        frequency: Its `frequency`; 1 where it has none.
        periodic: Whether it has one. 0 means that masks are not chosen anew between its steps.
    """

    def __init__(self, trajectory: Trajectory) -> None:
        self.plan, self.schedule, self.steps = (
            trajectory.plan,
            trajectory.plan.schedule,
            trajectory.steps,
        )
        end = trajectory.step("end_step")
        self.begin = trajectory.step("begin_step") or 0
        self.end = -1 if end is None else end
        self.frequency = max(trajectory.step("frequency") or 1, 1)
        self.periodic = (trajectory.step("frequency") or 0) > 0

    def share(self, percent: int) -> int:
        """A share of the run in steps, at least 1."""
        return max(round(self.steps * percent / 100), 1)

    def last_update(self, limit: int, begin: int | None = None, every: int | None = None) -> int:
        """The last update step at or before a step; at the earliest the one after the first."""
        begin = self.begin if begin is None else begin
        every = self.frequency if every is None else every
        return begin + max((limit - begin) // every, 1) * every

    def with_values(self, label: str, **values: Any) -> Iterator[Mend]:
        """The schedule with other parameters; nothing where it has them not, or so already."""
        old = self.schedule
        if not isinstance(old, PruningSchedule) or not is_dataclass(old):
            return
        has = {field.name for field in fields(old) if field.init}
        if not set(values) <= has or all(getattr(old, name) == values[name] for name in values):
            return
        if "frequency" in values and not self.periodic:
            return
        try:
            yield Mend(label, replace(old, **values))
        except ValueError:
            # Its class has a rule against these values: they are no mend.
            return

    def replaced_by(self, label: str, schedule: PruningSchedule) -> Iterator[Mend]:
        """Another schedule in the place of this one."""
        yield Mend(label, schedule)

    def end_at(self, limit: int, why: str) -> Iterator[Mend]:
        """An end on the last update step at or before a step."""
        end = self.last_update(limit)
        yield from self.with_values(f"end at step {end:,}, {why}", end_step=end)

    def begin_at(self, begin: int, why: str) -> Iterator[Mend]:
        """Another begin, with the end moved onto an update step where there is an end."""
        label = f"begin at step {begin:,}, {why}"
        if self.end < 0:
            yield from self.with_values(label, begin_step=begin)
            return
        end = self.last_update(min(self.end, self.steps), begin)
        if end > self.steps or begin >= min(self.end, self.steps):
            end = self.last_update(self.share(80), begin)
        if end != self.end:
            label += f", and end at step {end:,}"
        yield from self.with_values(label, begin_step=begin, end_step=end)

    def with_frequency(self, every: int) -> Iterator[Mend]:
        """Another frequency, with the end moved onto an update step where there is an end."""
        every = max(every, 1)
        often = "at every step" if every == 1 else f"every {every:,} steps"
        length = self.end - self.begin
        if self.end < 0 or length % every == 0:
            whole = (
                f", which divides the schedule's {length:,}" if self.end >= 0 and every > 1 else ""
            )
            yield from self.with_values(f"update the masks {often}{whole}", frequency=every)
            return
        end = self.last_update(self.end, every=every)
        label = f"update the masks {often}, and end at step {end:,}"
        yield from self.with_values(label, frequency=every, end_step=end)

    def refit(self, why: str = "", **values: Any) -> Iterator[Mend]:
        """The whole schedule spread anew: from 20 % to 80 % of the run in 10 updates or more.

        Args:
            why: What `values` mean, for the label.
            values: Other parameters to change with it.
        """
        begin = self.share(20)
        every = max(min(self.frequency, (self.share(80) - begin) // 10), 1)
        often = "at every step" if every == 1 else f"every {every:,} steps"
        label = f"begin at step {begin:,}, 20% of the run, and update the masks {often}"
        values |= {"begin_step": begin, "frequency": every}
        if self.end >= 0:
            values["end_step"] = self.last_update(self.share(80), begin, every)
            label += f" to step {values['end_step']:,}, 80% of it"
        yield from self.with_values(f"{why}, {label}" if why else label, **values)

    def train_to(self, step: int) -> Iterator[Mend]:
        """As many epochs as reach a step, where that is more than there are."""
        epochs = -(-step // self.plan.steps_per_epoch)
        if epochs * self.plan.steps_per_epoch > self.steps:
            yield Mend(f"train for {epochs:,} epochs, not {self.plan.epochs:,}", epochs=epochs)
