"""Begin, end and frequency that fit a run's length. No widgets."""

from __future__ import annotations

__all__ = ["fitted", "stretched"]

# Begun after a fifth of the run, and ended early enough to recover.
_BEGIN_SHARE, _END_SHARE = 0.2, 0.8
_MOST_FREQUENCY = 500
_UPDATES = 30


def fitted(steps: int) -> dict[str, int]:
    """Begin, end and frequency for a run of this length: the last mask update is at the end."""
    begin, end = round(steps * _BEGIN_SHARE), round(steps * _END_SHARE)
    length = max(end - begin, 1)
    divisors = [number for number in range(1, _MOST_FREQUENCY + 1) if length % number == 0]
    frequency = min(divisors, key=lambda number: abs(length / number - _UPDATES))
    return {"begin_step": begin, "end_step": end, "frequency": frequency}


def stretched(step: int, old: int, new: int) -> int:
    """A step at its share of a run that was of another length.

    Below 1 it is no share: from the run's start, or without an end.
    """
    return step if step < 1 else round(step * new / old)
