"""`ScheduleByLayer`: several schedules seen as one, for whoever asks a run for its schedule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from prunelab.errors import UsageError
from prunelab.schedules.base import PruningSchedule, begin_of
from prunelab.schedules.serialization.json_config import plain_config

__all__ = ["ScheduleByLayer"]


class ScheduleByLayer(PruningSchedule):
    """What the schedules of single layers come to for the model.

    Masks change at a step where any of them says so, and the sparsity is the mean of theirs,
    weighted by `sizes`; before its `begin_step` a schedule counts as 0.

    Args:
        schedules: A schedule, or the config of one, by the text of what it is for.
        sizes: How many weights each of them prunes; equal shares where that is not known (yet).

    Raises:
        UsageError: without schedules, or for sizes that are not one for each.

    Attributes:
        sizes: What `count` may set once the model is known.
        begin_step: The first `begin_step` of them.
    """

    vectorised: ClassVar[bool] = True

    def __init__(
        self,
        schedules: Mapping[str, PruningSchedule | dict[str, Any]],
        sizes: Mapping[str, int] | None = None,
    ) -> None:
        if not isinstance(schedules, Mapping) or not schedules:
            raise UsageError(
                f"schedules={schedules!r} holds no schedule: "
                'use {"sequential/dense": ConstantSparsity(0.5, 0)}, say'
            )
        self.schedules = {
            text: one if isinstance(one, PruningSchedule) else PruningSchedule.from_config(one)
            for text, one in schedules.items()
        }
        self.sizes = dict.fromkeys(self.schedules, 1) if sizes is None else dict(sizes)
        if set(self.sizes) != set(self.schedules):
            raise UsageError(f"sizes={sizes!r} must be one for each of {list(self.schedules)}")
        self.begin_step = int(min(map(begin_of, self.schedules.values())))
        limits = [one.last_step for one in self.schedules.values() if one.last_step is not None]
        self.last_step = min(limits, default=None)

    def __call__(self, step: Any) -> tuple[Any, Any]:
        """Bool and float32 of the shape of `step` (see `PruningSchedule`)."""
        steps = np.asarray(step)
        due, sparsity = np.zeros(steps.shape, np.bool_), np.zeros(steps.shape)
        for text, schedule in self.schedules.items():
            should, level = schedule.on(steps)
            due |= should
            begun = steps >= begin_of(schedule)
            sparsity += np.where(begun, level, 0.0) * self.sizes[text]
        total = max(sum(self.sizes.values()), 1)
        return due[()], (sparsity / total).astype(np.float32)[()]

    def count(self, pruned: Iterable[tuple[PruningSchedule, int]]) -> None:
        """Takes over how many weights each schedule prunes.

        Args:
            pruned: A schedule of these and a number of weights, for everything that is pruned.
        """
        sizes: dict[int, int] = {}
        for schedule, size in pruned:
            sizes[id(schedule)] = sizes.get(id(schedule), 0) + size
        # One schedule that stands here twice prunes all of it at its first place.
        self.sizes = {text: sizes.pop(id(one), 0) for text, one in self.schedules.items()}

    def get_config(self) -> dict[str, Any]:
        """The configs of all of them."""
        schedules = {text: plain_config(one) for text, one in self.schedules.items()}
        values = {"schedules": schedules, "sizes": self.sizes}
        return {"class_name": type(self).__name__, "config": values}
