"""Whole numbers that somebody types: epochs, samples, steps and seeds. No widgets."""

from __future__ import annotations

from typing import Any

from prunelab.schedules.values.typed_numbers import whole_from
from prunelab.schedules.values.validation import count_of, seed_of

__all__ = ["read_whole", "whole_of"]


def whole_of(value: Any, name: str, default: int) -> int:
    """Returns a seed, or a count (from 1 on), as an `int`.

    Raises:
        UsageError: for what it cannot be.
    """
    return seed_of(value) if name == "seed" else count_of(value, name, default)


def read_whole(text: str, name: str, default: int) -> int:
    """Reads what was typed for a seed or a count.

    Raises:
        UsageError: for what it cannot be.
    """
    return whole_of(whole_from(text, name, f"such as {default}"), name, default)
