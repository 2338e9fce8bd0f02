"""A plan as the rules look at it."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from prunelab.plan.schedule_on_run import IntArray, ScheduleOnRun
from prunelab.schedules.base import Float32Array, number_of

__all__ = ["Trajectory"]


class Trajectory:
    """The mask updates of a plan, and what sparsity each starts from.

    Args:
        plan: A plan with a schedule.

    Attributes:
        plan: The same.
        steps: Steps of the run.
        update_steps: The steps of the mask updates, ascending.
        after: The sparsity that each leaves.
    """

    def __init__(self, plan: ScheduleOnRun) -> None:
        self.plan = plan
        self.steps = plan.steps
        self.update_steps = plan.update_steps
        self.after = plan.update_sparsity

    @cached_property
    def before(self) -> Float32Array:
        """The sparsity that each update finds: 0 for the first."""
        return np.concatenate([np.zeros(1, np.float32), self.after[:-1]])[: len(self.after)]

    @cached_property
    def increases(self) -> Float32Array:
        """By how much each update raises sparsity; below 0 where weights come back."""
        return self.after - self.before

    @cached_property
    def highest(self) -> float:
        """The highest sparsity that any update leaves; 0 without updates."""
        return float(self.after.max(initial=0.0))

    @property
    def target(self) -> float | None:
        """The sparsity that the schedule is to reach, by its parameters; None where none says."""
        final = self.number("final_sparsity")
        return self.number("target_sparsity") if final is None else final

    @property
    def falls_by_design(self) -> bool:
        """Whether a fall of sparsity is what the schedule is for, as its class says."""
        return self.plan.schedule is not None and self.plan.schedule.falls_by_design

    def number(self, name: str) -> float | None:
        """A numeric parameter of the schedule; None where it has none of that name."""
        return number_of(self.plan.schedule, name)

    def step(self, name: str) -> int | None:
        """The same as a whole number of steps."""
        value = self.number(name)
        return None if value is None else int(value)

    def scheduled(self, steps: IntArray) -> Float32Array:
        """The scheduled sparsity at some steps of 0 to the run's last; 0 at step 0."""
        inside = self.plan.scheduled_at(np.maximum(steps, 1))
        return np.where(steps >= 1, inside, np.float32(0.0))
