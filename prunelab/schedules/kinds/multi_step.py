"""`MultiStep`: a table of steps and the sparsity from each of them on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from prunelab.errors import UsageError
from prunelab.schedules.levels import MOST_LEVELS, Levels, Table
from prunelab.schedules.values.point_tables import pairs_from, pairs_of, pairs_to_text
from prunelab.schedules.values.typed_numbers import ratio_of, to_step
from prunelab.schedules.values.validation import LARGEST_STEP, sparsity_of, step_of, whole_of

__all__ = ["MultiStep", "table_from", "table_to_text"]

# What to use for a table that is none, as a text and as rows.
_EXAMPLE = "1000:0.5, 2000:0.75"
_ROWS = "((1000, 0.5), (2000, 0.75))"


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
        rows = pairs_of(self.table, "table", _ROWS)
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

    def _repeat_every(self) -> int:
        return self.frequency


def table_from(given: Any, steps: int) -> tuple[tuple[Any, Any], ...]:
    """Reads a table such as "1000:0.5, 2000:0.75" or "20%:0.5, 80%:0.75".

    Args:
        given: Rows of a step, or a share of the run, and a sparsity, also as a percentage: as one
            text, or as pairs of numbers and texts. A share that comes to step 0 is step 1; of
            shares that come to one step of a short run the last one counts.
        steps: Steps of the run.

    Returns:
        Pairs, of which all that was text is a number; `MultiStep` checks the rest.

    Raises:
        UsageError: for a row of another form.
    """
    rows: list[tuple[Any, Any]] = []
    after_share = False
    for place, level in pairs_from(given, "table", _EXAMPLE, _ROWS):
        step = to_step(place, steps, "table: step") if isinstance(place, str) else place
        share = isinstance(place, str) and "%" in place
        step = max(step, 1) if share else step
        if share and after_share and rows[-1][0] == step:
            rows.pop()
        rows.append((step, ratio_of(level, "table: sparsity")))
        after_share = share
    return tuple(rows)


def table_to_text(table: Any) -> str:
    """The text that `table_from` reads as this table."""
    return pairs_to_text(table)
