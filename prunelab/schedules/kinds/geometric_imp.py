"""`GeometricIMP`: iterative magnitude pruning, a share of what is left in each round."""

from __future__ import annotations

from dataclasses import dataclass

from prunelab.errors import UsageError
from prunelab.schedules.levels import MOST_LEVELS, Levels, Table
from prunelab.schedules.values.validation import LARGEST_STEP, number_of, sparsity_of, whole_of

__all__ = ["GeometricIMP"]


@dataclass(frozen=True)
class GeometricIMP(Levels):
    """Removes `rate` of the weights that are left, once a round.

    The sparsity after round `r` is `1 - (1 - rate) ** r`, from the step
    `begin + (r - 1) * steps_per_round` on, for `r` from 1 to `rounds`; 0 before, held after the
    last. Within a round masks stay. This is the schedule of lottery tickets alone: weights are not
    rewound to what they were at first, they train on.

    Attributes:
        begin_step: The step of the first round.
        steps_per_round: Steps from one round to the next, at least 1.
        rounds: How many, from 1 to 100,000.
        rate: The share that each removes, above 0 and below 1.

    Raises:
        UsageError: for a parameter outside its range, or so many rounds that nothing is left.

    Source: Frankle & Carbin, "The Lottery Ticket Hypothesis" (arXiv 1803.03635).
    """

    begin_step: int
    steps_per_round: int
    rounds: int = 7
    rate: float = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set_checked(whole_of, "steps_per_round", 1, LARGEST_STEP)
        self._set_checked(whole_of, "rounds", 1, MOST_LEVELS)
        self._set_checked(number_of, "rate", 0.0, 1.0)
        if self.begin_step < 0:
            raise UsageError(
                f"begin_step={self.begin_step} must be at least 0: use 0 to begin at once"
            )
        if not 0.0 < self.rate < 1.0:
            raise UsageError(f"rate={self.rate} must be above 0 and below 1: use 0.2, say")
        last = 1.0 - (1.0 - self.rate) ** self.rounds
        try:
            sparsity_of(last, "sparsity")
        except UsageError as error:
            raise UsageError(
                f"rounds={self.rounds} at rate={self.rate} leave no weights: use fewer rounds"
            ) from error

    @property
    def final_sparsity(self) -> float:
        """The sparsity after the last round."""
        return float(self._table()[-1][1])

    def _table(self) -> Table:
        return [
            (self.begin_step + k * self.steps_per_round, 1.0 - (1.0 - self.rate) ** (k + 1))
            for k in range(self.rounds)
        ]
