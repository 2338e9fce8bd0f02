"""`MultiStep`: a table of steps and the sparsity from each of them on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from prunelab.errors import UsageError
from prunelab.schedules.levels import MOST_LEVELS, Levels, Table
from prunelab.schedules.values.point_tables import pairs_from_text, pairs_of, pairs_to_text
from prunelab.schedules.values.typed_numbers import to_step
from prunelab.schedules.values.validation import LARGEST_STEP, sparsity_of, step_of, whole_of

__all__ = ["MultiStep", "table_from_text", "table_to_text"]

_EXAMPLE = "1000:0.5, 2000:0.75"


@dataclass(frozen=True)
class MultiStep(Levels):
    """Prunes to the sparsities of a table, each at its step.

    `s(t)` is that of the last row whose step is not after `t`; 0 before the first row, held after
    the last. Masks change exactly at the table's steps and, where `frequency` is not 0, every
    `frequency` steps after each of them, at the same sparsity, until training ends.

    Attributes:
        table: Pairs of a step, from 1 and ascending, and a sparsity in [0, 1); a dictionary will
            do. Where a sparsity is lower than the one before, weights come back (see
            `PruningSchedule`).
        frequency: Steps from one update to the next between two rows; 0 for none.

    Raises:
        UsageError: for a parameter outside its range, with the row.

    Source: the `MultiStepLR` of learning rates, for sparsities.
    """

    # Lists and dictionaries are taken as well, and are pairs of plain numbers afterwards.
    table: tuple[tuple[int, float], ...] | Sequence[Sequence[float]] | Mapping[int, float]
    frequency: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        rows = pairs_of(self.table, "table", "((1000, 0.5), (2000, 0.75))")
        if not rows:
            raise UsageError("table is empty: use at least one row, such as (1000, 0.5)")
        if len(rows) > MOST_LEVELS:
            raise UsageError(f"table has {len(rows):,} rows: use at most {MOST_LEVELS:,}")
        table = tuple(
            (step_of(step, f"table: step {place}"), sparsity_of(level, f"table: sparsity {place}"))
            for place, (step, level) in enumerate(rows, start=1)
        )
        if table[0][0] < 1:
            raise UsageError(f"table: step {table[0][0]} is before the first: steps count from 1")
        for (before, _), (after, _) in pairwise(table):
            if after <= before:
                raise UsageError(
                    f"table: step {after} comes after {before}: put the steps in ascending order"
                )
        object.__setattr__(self, "table", table)
        self._set_checked(whole_of, "frequency", 0, LARGEST_STEP)

    @property
    def begin_step(self) -> int:
        """The first step of the table."""
        return self._table()[0][0]

    @property
    def final_sparsity(self) -> float:
        """The sparsity of the last row."""
        return float(self._table()[-1][1])

    def _table(self) -> Table:
        rows: Any = self.table
        return list(rows)

    def _again(self) -> int:
        return self.frequency


def table_from_text(text: str, steps: int) -> tuple[tuple[int, float], ...]:
    """Reads a table such as "1000:0.5, 2000:0.75" or "20%:0.5, 80%:0.75".

    Args:
        text: Rows of a step, or a share of the run, and a sparsity, also as a percentage. A share
            that comes to step 0 is step 1; of shares that come to one step of a short run the last
            one counts.
        steps: Steps of the run.

    Raises:
        UsageError: for a row of another form.
    """
    rows: list[tuple[int, float]] = []
    before = False
    for place, level in pairs_from_text(text, "table", _EXAMPLE):
        share = "%" in place
        step = to_step(place, steps, "table: step")
        step = max(step, 1) if share else step
        if share and before and rows[-1][0] == step:
            rows.pop()
        rows.append((step, level))
        before = share
    return tuple(rows)


def table_to_text(table: Any) -> str:
    """The text that `table_from_text` reads as this table."""
    return pairs_to_text(table)
