"""`IterativeSteps`: a few equal jumps instead of a curve."""

from __future__ import annotations

from dataclasses import dataclass

from prunelab.errors import UsageError
from prunelab.schedules.levels import MOST_LEVELS, Levels, Table
from prunelab.schedules.values.validation import range_of_steps, whole_of

__all__ = ["IterativeSteps"]


@dataclass(frozen=True)
class IterativeSteps(Levels):
    """Goes from `initial_sparsity` to `final_sparsity` in `rounds` equal jumps.

    `s = initial + (final - initial) * k / rounds` from the step
    `begin + floor(k * (end - begin) / rounds)` on, for `k` from 0 to `rounds`: `initial` at
    `begin_step`, the last jump at `end_step`. Between two jumps masks stay, so that the network
    recovers; before `begin_step` the sparsity is 0, after `end_step` it is held.

    Attributes:
        initial_sparsity: Fraction of weights that are zero at `begin_step`, in [0, 1).
        final_sparsity: The same at `end_step`. Where it is lower, weights come back (see
            `PruningSchedule`).
        begin_step: First step at which masks may change.
        end_step: The step of the last jump; at least `rounds` steps later.
        rounds: How many jumps, from 1 to 100,000.

    Raises:
        UsageError: for a parameter outside its range.

    Source: iterative pruning of Han et al. 2015 (arXiv 1506.02626), in equal parts.
    """

    initial_sparsity: float
    final_sparsity: float
    begin_step: int
    end_step: int
    rounds: int = 5

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set_checked(whole_of, "rounds", 1, MOST_LEVELS)
        range_of_steps(self.begin_step, self.end_step, 1, endless=False)
        if self.end_step - self.begin_step < self.rounds:
            raise UsageError(
                f"end_step={self.end_step} leaves less than a step for each of the "
                f"{self.rounds} rounds: use {self.begin_step + self.rounds} or later"
            )

    def _table(self) -> Table:
        length, height = (
            self.end_step - self.begin_step,
            self.final_sparsity - self.initial_sparsity,
        )
        jumps = [
            (
                self.begin_step + k * length // self.rounds,
                self.initial_sparsity + height * k / self.rounds,
            )
            for k in range(self.rounds)
        ]
        return [*jumps, (self.end_step, self.final_sparsity)]
