"""Reading a row of the table of runs, of which any value may be damaged."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

__all__ = ["RowReader"]

_SHOWN = 40

# 9999-12-31 in seconds since the epoch: what a date can be.
_LAST_SECOND = 253402300799.0

# What SQLite holds as a whole number.
_MOST = 2**63 - 1


class RowReader:
    """Reads the values of a row one by one; a damaged one is noted, and then missing.

    Args:
        row: The columns by name.

    Attributes:
        damaged: What was damaged, in a few words each.
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

    def needed(self, name: str) -> str:
        """A text that every row has."""
        found = self.text(name)
        if found is None:
            if self._row.get(name) is None:
                self._note(name, None)
            return "?"
        return found

    def whole(self, name: str) -> int | None:
        """A whole number from 0; None where there is none."""
        value = self._row.get(name)
        if value is None or (isinstance(value, int) and 0 <= value <= _MOST):
            return value
        self._note(name, value)
        return None

    def number(self, name: str, most: float = math.inf) -> float | None:
        """A finite number from 0 to `most`; None where there is none."""
        value = self._row.get(name)
        if value is None:
            return None
        if isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= most:
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
        return self.number(name, _LAST_SECOND)

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
        if all(type(size) is int and 0 <= size <= _MOST for size in found.values()):
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

    def one_of(self, name: str, known: frozenset[str], otherwise: str) -> str:
        """One of some words."""
        value = self._row.get(name)
        if value in known:
            return str(value)
        self._note(name, value)
        return otherwise

    def _note(self, name: str, value: Any) -> None:
        shown = repr(value)
        self.damaged.append(f"{name}={shown[:_SHOWN]}{'...' if len(shown) > _SHOWN else ''}")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")
