"""Numbers as options of the command line: read as everywhere, refused in argparse's way."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

from prunelab.errors import UsageError
from prunelab.schedules.values.typed_numbers import number_from, ratio_from, whole_from
from prunelab.schedules.values.validation import seed_of

__all__ = ["any_seed", "number", "positive", "ratio", "whole"]

T = TypeVar("T", int, float)

_MOST_SHOWN = 60


def whole(text: str) -> int:
    """A whole number."""
    return _read(whole_from, text, "such as 30")


def positive(text: str) -> int:
    """A whole number from 1 on."""
    read = whole(text)
    if read < 1:
        raise argparse.ArgumentTypeError(f"{read} is too few: at least 1")
    return read


def any_seed(text: str) -> int:
    """A whole number of any size: `RunConfig` says which range it must be in, and this all else."""
    try:
        return whole_from(text, "seed")
    except UsageError:
        return _read(lambda text, name, _: seed_of(text[:_MOST_SHOWN], name), text, "")


def number(text: str) -> float:
    """Any number."""
    return _read(number_from, text, "such as 0.5")


def ratio(text: str) -> float:
    """A fraction, or a percentage."""
    return _read(ratio_from, text, "such as 0.2, or 20%")


def _read(reader: Callable[[str, str, str], T], text: str, such: str) -> T:
    """An option's value; argparse puts the option's name before what is wrong with it."""
    try:
        return reader(text, "", such)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("=")) from None
