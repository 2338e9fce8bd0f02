"""A plan as the rules of the linter look at it."""

from __future__ import annotations

import math
from functools import cached_property
from numbers import Real

import numpy as np

from prunelab.plan.schedule_on_run import IntArray, ScheduleOnRun
from prunelab.schedules.base import Float32Array

__all__ = ["Trajectory"]


class Trajectory:
    """The mask updates of a plan, and what sparsity each starts from.

    Args:
        plan: A plan with a schedule.

    Attributes:
        plan: The same.
        steps: Steps of the run.
        at: The steps of the mask updates, ascending.
        to: The sparsity that each leaves.
    """

    def __init__(self, plan: ScheduleOnRun) -> None:
        self.plan = plan
        self.steps = plan.steps
        self.at = plan.update_steps
        self.to = plan.update_sparsity

    @cached_property
    def before(self) -> Float32Array:
        """The sparsity that each update finds: 0 for the first."""
        return np.concatenate([np.zeros(1, np.float32), self.to[:-1]])[: len(self.to)]

    @cached_property
    def rises(self) -> Float32Array:
        """By how much each update raises sparsity; below 0 where weights come back."""
        return self.to - self.before

    @cached_property
    def top(self) -> float:
        """The highest sparsity that any update leaves; 0 without updates."""
        return float(self.to.max(initial=0.0))

    @property
    def asked(self) -> float | None:
        """The sparsity that the schedule is to reach, by its parameters; None where none says."""
        final = self.number("final_sparsity")
        return self.number("target_sparsity") if final is None else final

    @property
    def falls_by_design(self) -> bool:
        """Whether a fall of sparsity is what the schedule is for, as its class says."""
        return bool(getattr(self.plan.schedule, "falls_by_design", False))

    def number(self, name: str) -> float | None:
        """A numeric parameter of the schedule; None where it has none of that name."""
        value = getattr(self.plan.schedule, name, None)
        if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
            return None
        return float(value)

    def step(self, name: str) -> int | None:
        """The same as a whole number of steps."""
        value = self.number(name)
        return None if value is None else int(value)

    def curve(self, steps: IntArray) -> Float32Array:
        """The scheduled sparsity at some steps of 0 to the run's last; 0 at step 0."""
        inside = self.plan.scheduled_at(np.maximum(steps, 1))
        return np.where(steps >= 1, inside, np.float32(0.0))
