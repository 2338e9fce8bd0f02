"""`DenseSparseDense`: pruned for a while only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from prunelab.schedules.levels import Levels, Table
from prunelab.schedules.values.validation import range_of_steps

__all__ = ["DenseSparseDense"]


@dataclass(frozen=True)
class DenseSparseDense(Levels):
    """Trains dense, then sparse from `begin_step` to `end_step`, then dense again.

    Masks change twice: at `begin_step` to `target_sparsity`, and at `end_step + 1` to 0, where all
    weights may train again. Those that were pruned go on from 0, moved by the last training step
    at most. The network ends dense: this trains it better, it does not make it smaller.

    Attributes:
        target_sparsity: Fraction of weights that are zero in between, in [0, 1).
        begin_step: The first sparse step.
        end_step: The last sparse step.

    Raises:
        UsageError: for a parameter outside its range.

    Source: Han et al., "DSD: Dense-Sparse-Dense Training for Deep Neural Networks"
    (arXiv 1607.04381).
    """

    target_sparsity: float
    begin_step: int
    end_step: int

    falls_by_design: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        range_of_steps(self.begin_step, self.end_step, 1, endless=False)

    def _table(self) -> Table:
        return [(self.begin_step, self.target_sparsity), (self.end_step + 1, 0.0)]
