"""A curve through points that does not overshoot them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Pieces"]

_Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pieces:
    """Cubic polynomials, one between any two neighbouring points.

    Attributes:
        x: The places of the points, ascending, shape `(n,)`.
        y: Their values.
        pieces: For each piece its start, its length, its least and greatest value and the
            coefficients of 1, u, u**2 and u**3, where u goes from 0 to 1: shape `(8, n - 1)`.
    """

    x: _Array
    y: _Array
    pieces: _Array

    @classmethod
    def of(cls, points: Any) -> Pieces:
        """The curve through pairs of place and value, at least two, ascending in place."""
        x, y = np.array(points, dtype=np.float64).T.copy()
        slope, length, rise = _slopes(x, y), np.diff(x), np.diff(y)
        first, second = slope[:-1] * length, slope[1:] * length
        coefficients = (
            y[:-1],
            first,
            3.0 * rise - 2.0 * first - second,
            first + second - 2.0 * rise,
        )
        ends = np.minimum(y[:-1], y[1:]), np.maximum(y[:-1], y[1:])
        return cls(x, y, np.array([x[:-1], length, *ends, *coefficients]))


def _slopes(x: _Array, y: _Array) -> _Array:
    """The slope at each point, with which cubic pieces stay monotone between two points.

    Inside it is the weighted harmonic mean of the slopes of the two sides, and 0 at an extreme; at
    the ends the three-point formula, bounded so that the shape stays.

    Args:
        x: Places, ascending, shape `(n,)`, at least two.
        y: Values, of that shape.

    Source: Fritsch & Butland 1984 and Moler, "Numerical Computing with Matlab", chapter 3.6, as in
    `scipy.interpolate.PchipInterpolator`.
    """
    length, side = np.diff(x), np.diff(y) / np.diff(x)
    if len(x) == 2:
        return np.array([side[0], side[0]])
    found = np.zeros_like(y)
    left, right = side[:-1], side[1:]
    w1, w2 = 2.0 * length[1:] + length[:-1], length[1:] + 2.0 * length[:-1]
    same = left * right > 0.0
    # Beside a side that is next to flat the mean is 0, over an infinite sum.
    with np.errstate(over="ignore"):
        mean = (w1[same] + w2[same]) / (w1[same] / left[same] + w2[same] / right[same])
    found[1:-1][same] = mean
    found[0] = _end(length[0], length[1], side[0], side[1])
    found[-1] = _end(length[-1], length[-2], side[-1], side[-2])
    return found


def _end(near: Any, far: Any, side: Any, beyond: Any) -> float:
    """The slope at an end: lengths and slopes of the piece next to it and of the one after."""
    slope = ((2.0 * near + far) * side - near * beyond) / (near + far)
    if np.sign(slope) != np.sign(side):
        return 0.0
    if np.sign(side) != np.sign(beyond) and abs(slope) > 3.0 * abs(side):
        return float(3.0 * side)
    return float(slope)
