"""`Curve`: what the schedules have in common that follow a curve from a first to a last step."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import asdict
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from prunelab.errors import UsageError
from prunelab.schedules.base import Float32Array, PruningSchedule
from prunelab.schedules.periodic import is_turn, turns
from prunelab.schedules.step_blocks import by_block
from prunelab.schedules.values.validation import range_of_steps, sparsity_of, step_of

__all__ = ["Curve", "Float64Array", "between"]

Float64Array = npt.NDArray[np.float64]


class Curve(PruningSchedule):
    """Sparsity as a function of progress: 0 at `begin_step`, 1 at `end_step`, 0 and 1 beyond.

    A subclass is a frozen dataclass with `begin_step`, `end_step`, `frequency` and what else its
    curve needs, and answers `_at`. Masks change at `begin_step` and every `frequency` steps after
    it up to `end_step`. The schedule answers with the curve's value at every step, also between
    two changes, and with its ends before and after. The curve is computed in float64 and rounded
    to float32 once.
    """

    begin_step: int
    end_step: int
    frequency: int

    vectorised: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name in ("begin_step", "end_step", "frequency"):
            object.__setattr__(self, name, step_of(getattr(self, name), name))
        for name in ("initial_sparsity", "final_sparsity"):
            # Some have a final sparsity that follows from another parameter.
            if name in self.get_config()["config"]:
                object.__setattr__(self, name, sparsity_of(getattr(self, name), name))
        range_of_steps(self.begin_step, self.end_step, self.frequency, endless=False)
        if self.begin_step == self.end_step:
            raise UsageError(
                f"end_step={self.end_step} equals begin_step: the curve needs at least one step, "
                "use a later end_step, or ConstantSparsity to prune at once"
            )

    def __call__(self, step: Any) -> tuple[Any, Any]:
        """Bool and float32 of the shape of `step` (see `PruningSchedule`)."""
        steps = np.asarray(step)
        length = self.end_step - self.begin_step

        def answer(some: npt.NDArray[Any]) -> Float32Array:
            progress = (some - self.begin_step) / length
            return self._at(np.clip(progress, 0.0, 1.0, out=progress))

        due = is_turn(steps, self.begin_step, self.end_step, self.frequency)
        return due[()], by_block(steps, answer, np.float32)[()]

    def update_steps(self, steps: int) -> npt.NDArray[np.int64]:
        """The turns, without asking at every step."""
        if type(self).__call__ is not Curve.__call__:
            return super().update_steps(steps)
        return turns(steps, self.begin_step, self.end_step, self.frequency)

    def get_config(self) -> dict[str, Any]:
        """The parameters by name."""
        values = asdict(self)  # type: ignore[call-overload]  # Every subclass is a dataclass.
        return {"class_name": type(self).__name__, "config": values}

    @abstractmethod
    def _at(self, progress: Float64Array) -> Float32Array:
        """The sparsity at some values of progress, in [0, 1], of their shape `(n,)`."""


def between(initial: float, final: float, share: Float64Array) -> Float32Array:
    """Goes a share of the way from `initial` to `final`, and exactly to it where the share is 1.

    It never leaves the range of the two, and rises or falls wherever `share` rises.
    """
    ends = np.float32(initial), np.float32(final)
    values = (initial + (final - initial) * share).astype(np.float32)
    values[share >= 1.0] = ends[1]
    return np.clip(values, min(ends), max(ends), out=values)
