"""A schedule known by its answers: how a class of one's own travels to another process."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from prunelab.errors import UsageError
from prunelab.schedules.base import PruningSchedule
from prunelab.schedules.serialization.json_config import plain_config

__all__ = ["RecordedSchedule"]


class RecordedSchedule(PruningSchedule):
    """The answers that another schedule gave on the steps of a run.

    A class that a user defines in a notebook cannot be imported by the training process; on a
    run's steps, its answers are all there is to know of it, and they are plain data.

    Args:
        config: What `get_config` of the original answers; handed on as it is.
        starts: Steps, ascending from 1, from which an answer holds until the next of them.
        should_prune: The answers' first parts, one for each of `starts`.
        sparsity: Their second parts.
        steps: The last step that was recorded.
    """

    vectorised: ClassVar[bool] = True

    def __init__(
        self,
        config: dict[str, Any],
        starts: list[int],
        should_prune: list[bool],
        sparsity: list[float],
        steps: int,
    ) -> None:
        self._config = config
        self._starts = np.asarray(starts, dtype=np.int64)
        self._should = np.asarray(should_prune, dtype=np.bool_)
        self._sparsity = np.asarray(sparsity, dtype=np.float32)
        self._steps = self.last_step = steps
        # Views ask for it as they would of the original.
        begin = config["config"].get("begin_step")
        self.begin_step = begin if isinstance(begin, int) else 0

    @classmethod
    def of(cls, schedule: PruningSchedule, steps: int) -> RecordedSchedule:
        """Records what `schedule` answers on the steps 1 to `steps`."""
        should, sparsity = schedule.on(np.arange(1, steps + 1))
        changed = np.flatnonzero((np.diff(should) != 0) | (np.diff(sparsity) != 0)) + 1
        places = np.concatenate([[0], changed])
        return cls(
            plain_config(schedule),
            (places + 1).tolist(),
            should[places].tolist(),
            sparsity[places].tolist(),
            steps,
        )

    def __call__(self, step: Any) -> tuple[Any, Any]:
        """Bool and float32 of the shape of `step` (see `PruningSchedule`).

        Raises:
            UsageError: for a step that was not recorded.
        """
        steps = np.asarray(step)
        if steps.size and (steps.min() < 1 or steps.max() > self._steps):
            raise UsageError(
                f"step {int(steps.max())} is outside the steps 1 to {self._steps} on which "
                f"{self._config.get('class_name')} was recorded: train no longer than that"
            )
        places = np.searchsorted(self._starts, steps, side="right") - 1
        return self._should[places][()], self._sparsity[places][()]

    def get_config(self) -> dict[str, Any]:
        """The config of the schedule that was recorded."""
        return self._config

    def answers(self) -> dict[str, Any]:
        """The recorded answers as plain data: the arguments of this class but `config`."""
        return {
            "starts": self._starts.tolist(),
            "should_prune": self._should.tolist(),
            "sparsity": self._sparsity.tolist(),
            "steps": self._steps,
        }
