"""`PointsSchedule`: a smooth curve through points of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from prunelab.errors import UsageError
from prunelab.schedules.base import Float32Array
from prunelab.schedules.curve import Curve, Float64Array
from prunelab.schedules.values.monotone_cubic import Pieces
from prunelab.schedules.values.point_tables import pairs_from, pairs_of, pairs_to_text
from prunelab.schedules.values.typed_numbers import ratio_of
from prunelab.schedules.values.validation import number_of, sparsity_of

__all__ = ["PointsSchedule", "points_from", "points_to_text"]

# What to use for points that are none, as a text and as rows.
_EXAMPLE = "0:0, 0.5:0.6, 1:0.875"
_ROWS = "((0, 0), (0.5, 0.6), (1, 0.875))"

_MOST = 1_000


@dataclass(frozen=True)
class PointsSchedule(Curve):
    """Joins points of progress and sparsity by a monotone curve.

    Between two points the sparsity is a cubic polynomial that never leaves the range of the two
    (PCHIP): it rises where the points rise and is flat where they are flat. Before the first point
    and after the last it is held.

    Attributes:
        points: Pairs of a progress, from 0 at `begin_step` to 1 at `end_step` and ascending, and a
            sparsity in [0, 1); at least two, a dictionary will do. Where the curve falls, weights
            come back (see `PruningSchedule`).
        begin_step: First step at which masks may change.
        end_step: Last such step; later than `begin_step`.
        frequency: Steps from one mask update to the next. Where `end_step` is not a whole number
            of them after `begin_step`, the last update falls before it and misses the target.

    Raises:
        UsageError: for a parameter outside its range, with the point.

    Source: Fritsch & Butland 1984, as `scipy.interpolate.PchipInterpolator` computes it.
    """

    # Lists and dictionaries are taken as well, and are pairs of plain numbers afterwards.
    points: tuple[tuple[float, float], ...] | Sequence[Sequence[float]] | Mapping[float, float]
    begin_step: int
    end_step: int
    frequency: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        rows = pairs_of(self.points, "points", _ROWS)
        if not 2 <= len(rows) <= _MOST:
            raise UsageError(
                f"points has {len(rows):,} points: use 2 to {_MOST:,}, such as ((0, 0), (1, 0.5))"
            )
        points = tuple(
            (
                number_of(share, f"points: progress {place}", 0.0, 1.0),
                sparsity_of(level, f"points: sparsity {place}"),
            )
            for place, (share, level) in enumerate(rows, start=1)
        )
        for (before, _), (after, _) in pairwise(points):
            # Nearer than any two steps: their slope would overflow.
            if after - before < 1e-9:
                raise UsageError(
                    f"points: progress {after:g} comes after {before:g}: put them in ascending "
                    "order, each once"
                )
        object.__setattr__(self, "points", points)

    @property
    def final_sparsity(self) -> float:
        """The sparsity of the last point."""
        return float(self._curve.y[-1])

    def _at_progress(self, progress: Float64Array) -> Float32Array:
        x = self._curve.x
        place = np.clip(np.searchsorted(x, progress, side="right") - 1, 0, len(x) - 2)
        # Most blocks of steps lie between two points: then one set of numbers does for all.
        one = place[:1] if (place == place[0]).all() else place
        start, length, low, high, a, b, c, d = self._curve.pieces[:, one]
        # The part of the way to the next point; 0 and 1 hold what is beyond the ends.
        part = np.clip((progress - start) / length, 0.0, 1.0)
        values = a + part * (b + part * (c + part * d))
        # At a point its value, to the bit; between, the rounding does not leave the range of two.
        values = np.where(part >= 1.0, self._curve.y[one + 1], values)
        return np.clip(values, low, high).astype(np.float32)

    @cached_property
    def _curve(self) -> Pieces:
        return Pieces.of(self.points)


def points_from(given: Any, steps: int) -> tuple[tuple[Any, Any], ...]:
    """Reads points such as "0:0, 0.5:0.6, 1:0.875"; "50%" is 0.5.

    Args:
        given: Rows of a progress from begin to end and a sparsity, as fractions or percentages: as
            one text, or as pairs of numbers and texts.
        steps: Steps of the run, of no meaning here: progress is relative to begin and end.

    Returns:
        Pairs, of which all that was text is a number; `PointsSchedule` checks the rest.

    Raises:
        UsageError: for a row of another form.
    """
    return tuple(
        (ratio_of(place, "points: progress"), ratio_of(level, "points: sparsity"))
        for place, level in pairs_from(given, "points", _EXAMPLE, _ROWS)
    )


def points_to_text(points: Any) -> str:
    """The text that `points_from` reads as these points."""
    return pairs_to_text(points)
