"""The column `details`: choices without a column of their own, such as the learning rate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["config_details", "plain_json", "storable"]

_COLUMNS = frozenset({"schedule", "dataset", "model", "epochs", "batch_size", "seed", "name"})
# Not a choice: the size of the data set.
_DATA = "data"


def config_details(record: Mapping[str, Any]) -> dict[str, Any]:
    """The choices in the record of a `RunConfig` that have no column of their own.

    Args:
        record: As `RunConfig.to_record` gives it.

    Raises:
        TypeError: where it is no mapping.
    """
    if not isinstance(record, Mapping):
        raise TypeError("a config is a JSON object")
    return {name: value for name, value in record.items() if name not in _COLUMNS and name != _DATA}


def plain_json(value: Any) -> str:
    """A value as standard JSON; what JSON does not have, such as NaN, becomes text."""
    # Python would write a bare NaN, which is not JSON.
    return json.dumps(json.loads(json.dumps(value, default=str), parse_constant=str))


def storable(value: Any) -> Any:
    """A value that SQLite can store: bytes that are not UTF-8, as in a file's name, are escaped."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
