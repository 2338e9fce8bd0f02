"""`FormulaSchedule`: sparsity as a formula of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from prunelab.errors import UsageError
from prunelab.schedules.base import Float32Array
from prunelab.schedules.curve import Curve, Float64Array
from prunelab.schedules.values.formula_parser import parse
from prunelab.schedules.values.formula_tree import Node, value_of

__all__ = ["FormulaSchedule"]

# A run with at most so many steps from begin to end is checked at each of them.
_CHECKED = 10_000

# What float64 may round a formula below 0 that means 0, such as 1 - (1 - p) - p.
_NOTHING = 1e-9

# From here on a number is 1 in float32.
_ONE = 1.0 - 2.0**-25


@dataclass(frozen=True)
class FormulaSchedule(Curve):
    """Prunes to the value of a formula of `p`, the progress from begin to end.

    `p` is 0 at `begin_step` and before, 1 at `end_step` and after. Between, the formula may rise
    and fall. The text is never run: it is read by `prunelab.schedules.values.formula_parser`, which
    also says what it may hold.

    Attributes:
        formula: Such as "0.9*(1-(1-p)^3)" or "where(p < 0.5, 0.5, 0.8)"; ^ is a power. Its value
            must be in [0, 1) at 10,001 places from 0 to 1, or at every step if there are fewer;
            from -1e-9 to 0 it is rounding, and 0. Where it falls, weights come back (see
            `PruningSchedule`).
        begin_step: First step at which masks may change.
        end_step: Last such step; later than `begin_step`.
        frequency: Steps from one mask update to the next. Where `end_step` is not a whole number
            of them after `begin_step`, the last update falls before it and misses the end.

    Raises:
        UsageError: for a text that is no such formula, a value outside [0, 1), or another
            parameter outside its range.
    """

    formula: str
    begin_step: int
    end_step: int
    frequency: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        parts = min(self.end_step - self.begin_step, _CHECKED)
        self._at_progress(np.arange(parts + 1) / parts)

    @property
    def final_sparsity(self) -> float:
        """The sparsity where p is 1."""
        return float(self._at_progress(np.ones(1))[0])

    def _at_progress(self, progress: Float64Array) -> Float32Array:
        values = value_of(self._node, progress)
        values[(values < 0.0) & (values >= -_NOTHING)] = 0.0
        # NaN is neither.
        wrong = ~((values >= 0.0) & (values < _ONE))
        if wrong.any():
            place = int(np.argmax(wrong))
            raise UsageError(
                f"formula={self.formula!r} is {values[place]:g} at p={progress[place]:g}: "
                "it must be in range [0, 1) from p=0 to p=1"
            )
        return values.astype(np.float32)

    @cached_property
    def _node(self) -> Node:
        return parse(self.formula)
