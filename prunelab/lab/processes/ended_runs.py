"""Runs that are stored as waiting or training, and whose process is gone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prunelab.lab.processes.process_identity import Worker
from prunelab.lab.store.end_note import EndNote

__all__ = ["END_COLUMNS", "missing_end"]

# The columns that the end of a run sets; a note with others was not written by prunelab.
END_COLUMNS = frozenset(
    {
        "state",
        "ended",
        "heartbeat",
        "seconds",
        "sparsity",
        "test_accuracy",
        "test_loss",
        "bytes",
        "error",
    }
)


def missing_end(row: Mapping[str, Any], note: EndNote, log: Path) -> dict[str, Any] | None:
    """The end that is missing in a run's row, by column; None where none is.

    Args:
        row: A row of the table of runs.
        note: The note that its process writes if the lab cannot be written.
        log: Where its process writes what it prints.
    """
    if row.get("state") not in ("queued", "running"):
        return None
    noted = note.read()
    if noted is not None and "state" in noted and noted.keys() <= END_COLUMNS:
        return noted
    worker = Worker.of_row(row)
    heartbeat, beat = _number(row.get("heartbeat")), row.get("beat")
    if worker is not None and worker.alive(heartbeat, None if beat is None else _number(beat)):
        return None
    error = f"the training process ended without a word after step {row.get('steps_done')}"
    # The output of a user's own script is not logged.
    if row.get("config") is not None:
        error += f": its log is {log}"
    # An error that is stored already, such as a divergence, says more.
    return {"state": "interrupted", "ended": heartbeat, "error": row.get("error") or error}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
