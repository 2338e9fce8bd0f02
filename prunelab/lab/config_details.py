"""What was chosen for a run beside the columns of its own: learning rate, loss, and the like."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["details_of", "plain_json", "storable"]

_COLUMNS = frozenset({"schedule", "dataset", "model", "epochs", "batch_size", "seed", "name"})
# Not chosen: what is known of the data set.
_KNOWN = "data"


def details_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """What the record of a `RunConfig` holds that is no column of the table of runs.

    Args:
        record: As `RunConfig.to_record` gives it.

    Raises:
        TypeError: where it is no mapping.
    """
    if not isinstance(record, Mapping):
        raise TypeError("a config is a JSON object")
    return {
        name: value for name, value in record.items() if name not in _COLUMNS and name != _KNOWN
    }


def plain_json(value: Any) -> str:
    """A value as JSON that every reader takes; what JSON does not have becomes its text."""
    # "NaN" as a text: the bare word is no JSON.
    return json.dumps(json.loads(json.dumps(value, default=str), parse_constant=str))


def storable(value: Any) -> Any:
    """A value as SQLite takes it: bytes that are no UTF-8, as in a file's name, are escaped."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
