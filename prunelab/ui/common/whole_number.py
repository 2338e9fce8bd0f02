"""Whole numbers that somebody types: epochs, samples, steps and seeds. No widgets."""

from __future__ import annotations

from typing import Any

from prunelab.errors import UsageError
from prunelab.schedules.values.typed_numbers import whole_from
from prunelab.schedules.values.validation import seed_of, step_of

__all__ = ["count_of", "read_whole", "whole_of"]


def count_of(value: Any, name: str, default: int) -> int:
    """Returns a number of epochs, samples or steps as an `int`.

    Raises:
        UsageError: for what is no whole number from 1 on.
    """
    number = step_of(value, name)
    if number < 1:
        raise UsageError(f"{name}={number} must be at least 1: use {default}, say")
    return number


def whole_of(value: Any, name: str, default: int) -> int:
    """Returns a seed, or a count (see `count_of`), as an `int`.

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
