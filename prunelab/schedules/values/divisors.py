"""The divisors of a number of steps: a frequency among them ends on a mask update."""

from __future__ import annotations

import numpy as np

__all__ = ["divisors"]


def divisors(length: int) -> list[int]:
    """The numbers that divide a length, ascending; none of a length below 1."""
    small = np.arange(1, int(max(length, 0) ** 0.5) + 1)
    low = small[length % small == 0]
    return sorted({*low.tolist(), *(length // low).tolist()})
