"""Reading a row of the table of runs; any value of it may be damaged."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

__all__ = ["RowReader"]

_MAX_SHOWN = 40

# 9999-12-31 in seconds since the epoch, the last date of Python's `datetime`.
_MAX_SECONDS = 253402300799.0

# The largest integer of SQLite.
_MAX_INTEGER = 2**63 - 1


class RowReader:
    """Reads the values of a row; a damaged one is noted, and read as missing.

    Args:
        row: The columns by name.

    Attributes:
        damaged: `column=value` of each damaged value, shortened.
    """

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.damaged: list[str] = []
        self._row = row

    def text(self, name: str) -> str | None:
        """A text; None where there is none."""
        value = self._row.get(name)
        if value is None or isinstance(value, str):
            return value
        self._note(name, value)
        return None

    def required_text(self, name: str) -> str:
        """A text that every row has."""
        found = self.text(name)
        if found is None:
            if self._row.get(name) is None:
                self._note(name, None)
            return "?"
        return found

    def integer(self, name: str) -> int | None:
        """A whole number from 0; None where there is none."""
        value = self._row.get(name)
        if value is None or (isinstance(value, int) and 0 <= value <= _MAX_INTEGER):
            return value
        self._note(name, value)
        return None

    def number(self, name: str, maximum: float = math.inf) -> float | None:
        """A finite number from 0 to `maximum`; None where there is none."""
        value = self._row.get(name)
        if value is None:
            return None
        if isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= maximum:
            return float(value)
        self._note(name, value)
        return None

    def finite(self, name: str) -> float | None:
        """A finite number; None where there is none."""
        value = self._row.get(name)
        if value is None or (isinstance(value, int | float) and math.isfinite(value)):
            return value
        self._note(name, value)
        return None

    def time(self, name: str) -> float | None:
        """Seconds since the epoch; None where there are none."""
        return self.number(name, _MAX_SECONDS)

    def record(self, name: str) -> dict[str, Any] | None:
        """A JSON object; None where there is none."""
        value = self._row.get(name)
        if value is None:
            return None
        try:
            found = json.loads(value, parse_constant=_refuse)
        except (TypeError, ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            return found
        self._note(name, value)
        return None

    def sizes(self, name: str) -> dict[str, int] | None:
        """Bytes by kind; None where there are none."""
        found = self.record(name)
        if found is None:
            return None
        if all(type(size) is int and 0 <= size <= _MAX_INTEGER for size in found.values()):
            return found
        self._note(name, self._row[name])
        return None

    def schedule(self, name: str) -> dict[str, Any] | None:
        """A schedule's `class_name` and `config`; None where there is none."""
        found = self.record(name)
        if found is None:
            return None
        if isinstance(found.get("class_name"), str) and isinstance(found.get("config"), dict):
            return found
        self._note(name, self._row[name])
        return None

    def one_of(self, name: str, allowed: frozenset[str], default: str) -> str:
        """One of some words."""
        value = self._row.get(name)
        if value in allowed:
            return str(value)
        self._note(name, value)
        return default

    def _note(self, name: str, value: Any) -> None:
        shown = repr(value)
        self.damaged.append(
            f"{name}={shown[:_MAX_SHOWN]}{'...' if len(shown) > _MAX_SHOWN else ''}"
        )


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")
