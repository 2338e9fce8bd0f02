"""Numbers, percentages and shares of a run as they are typed, each read in one place."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from prunelab.errors import UsageError
from prunelab.schedules.values.validation import sparsity_of, step_of

__all__ = ["fraction_from", "number_from", "ratio_from", "ratio_of", "to_step", "whole_from"]

# Digits of ASCII alone: what looks like a number elsewhere is not always the number it looks like.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:_[0-9]+)*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")

# Longer than any number is written; a text that comes in a link may be of any length.
_LONGEST = 40

# A power of ten that nothing here reaches, so that no error need write out what does.
_MOST_EXPONENT = 40


def number_from(text: str, name: str, such: str = "such as 0.5") -> float:
    """Reads a number: `0.5`, `.5`, `-1`, `1e3`, `1_000`; spaces around it do not count.

    Args:
        text: What was typed.
        name: The parameter's name, for the error.
        such: What to use instead, likewise, after "use a number".

    Returns:
        The number; an `int` where it is written as one, which keeps all its digits.

    Raises:
        UsageError: for anything else.
    """
    return _plain(_decimal(text, name, "a number", f"a number {such}"), text)


def ratio_from(text: str, name: str, such: str = "such as 0.5, or 50%") -> float:
    """Reads a number as `number_from` does, or as a percentage: `50%` is 0.5.

    Args:
        text: What was typed.
        name: The parameter's name, for the error.
        such: What to use instead, likewise, after "use a fraction".

    Raises:
        UsageError: for anything else.
    """
    typed = text.strip()
    number = _decimal(typed.removesuffix("%"), name, "a number", f"a fraction {such}", text)
    return float(number / 100 if typed.endswith("%") else number)


def ratio_of(value: Any, name: str) -> Any:
    """Reads a ratio as `ratio_from` does where it is a text; all else is what it is.

    Raises:
        UsageError: for a text that is no ratio.
    """
    return ratio_from(value, name) if isinstance(value, str) else value


def fraction_from(text: str, name: str) -> float:
    """Reads a fraction in [0, 1): `0.875`, or the same as `87.5%`.

    Args:
        text: What was typed.
        name: The parameter's name, for the error.

    Raises:
        UsageError: for anything else.
    """
    number = ratio_from(text, name, "such as 0.875, or 87.5%")
    if "%" in text and not 0 <= number < 1:
        raise UsageError(
            f"{name}={_short(text)} must be at least 0% and less than 100%: use 87.5%, say"
        )
    return sparsity_of(number, name)


def whole_from(text: str, name: str, such: str = "such as 100") -> int:
    """Reads a whole number: `5760`, `5,760`, `5_760`, `1e3`, `-1`.

    Args:
        text: What was typed.
        name: The parameter's name, for the error.
        such: What to use instead, likewise, after "use a whole number".

    Raises:
        UsageError: for anything else, such as a percentage or a number with a part of one.
    """
    mend = f"use a whole number {such}"
    if text.strip().endswith("%"):
        raise UsageError(f"{name}={_short(text)} is not a whole number: {mend}, not a share")
    number = _decimal(_without_thousands(text), name, "a whole number", mend[4:], text)
    if number != number.to_integral_value():
        raise UsageError(f"{name}={_short(text)} is not a whole number: {mend}")
    return int(number)


def to_step(value: Any, steps: int, name: str = "step") -> int:
    """Reads a step: a whole number as `whole_from` does, or a share of the run such as `"20%"`.

    Args:
        value: What was typed, or a whole number.
        steps: Steps of the run, which the share is of.
        name: The parameter's name, for the error.

    Raises:
        UsageError: for anything else, or a share that is not from 0 to 100 %.
    """
    if not isinstance(value, str):
        return step_of(value, name)
    text, typed = value, value.strip()
    such = "a whole number, or a share such as 20%"
    if not typed.endswith("%"):
        number = _decimal(_without_thousands(typed), name, "a step", such, text)
        if number != number.to_integral_value():
            share = f"{float(number * 100):g}%" if 0 < number < 1 else "20%"
            raise UsageError(
                f"{name}={_short(text)} is not a whole number of steps: "
                f"use {round(number)}, say, or a share such as {share}"
            )
        return step_of(int(number), name)
    percent = _decimal(typed.removesuffix("%"), name, "a step", such, text)
    if percent > 100:
        raise UsageError(f"{name}={_short(text)} is more than the run: use a share of at most 100%")
    if percent < 0:
        raise UsageError(f"{name}={_short(text)} is before the run: use a share from 0% on")
    return round(steps * float(percent) / 100)


def _short(text: str) -> str:
    """What was typed, for an error: in quotes, in one line, and not at length."""
    return repr(text) if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]!r}..."


def _decimal(text: str, name: str, what: str, such: str, whole: str | None = None) -> Decimal:
    """The number that a text is; `whole` is all that was typed, for the error."""
    typed, shown = text.strip(), _short(text if whole is None else whole)
    if not typed:
        raise UsageError(f"{name}={shown} is empty: use {such}")
    if len(typed) <= _LONGEST and _NUMBER.fullmatch(typed):
        number = Decimal(typed.replace("_", ""))
        if number.adjusted() < _MOST_EXPONENT:
            return number
        raise UsageError(f"{name}={shown} is beyond any use: use {such}")
    if len(typed) <= _LONGEST and _DECIMAL_COMMA.fullmatch(typed):
        point = typed.replace(",", ".") + ("%" if (whole or "").strip().endswith("%") else "")
        raise UsageError(f"{name}={shown} has a comma: use a point, {point}")
    raise UsageError(f"{name}={shown} is not {what}: use {such}")


def _plain(number: Decimal, typed: str) -> float:
    """A Python number: an `int` where no point and no exponent was typed."""
    return int(number) if re.fullmatch(r"\s*[+-]?[0-9_]+\s*", typed) else float(number)


def _without_thousands(text: str) -> str:
    typed = text.strip()
    return typed.replace(",", "") if _THOUSANDS.fullmatch(typed) else typed
