"""What became of runs whose row says that they wait or train."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prunelab.lab.processes.process_identity import Worker
from prunelab.lab.store.end_note import EndNote

__all__ = ["ENDS", "ended_meanwhile"]

# Columns that the end of a run sets; a note of any other is not one of ours.
ENDS = frozenset(
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


def ended_meanwhile(row: Mapping[str, Any], note: EndNote, log: Path) -> dict[str, Any] | None:
    """The columns that a run's row should have by now; None where it says how things are.

    Args:
        row: A row of the table of runs.
        note: Where its process leaves its end if the lab cannot be written.
        log: Where its process writes what it prints.
    """
    if row.get("state") not in ("queued", "running"):
        return None
    left = note.found()
    if left is not None and "state" in left and left.keys() <= ENDS:
        return left
    worker = Worker.of_row(row)
    heartbeat, beat = _number(row.get("heartbeat")), row.get("beat")
    if worker is not None and worker.alive(heartbeat, None if beat is None else _number(beat)):
        return None
    told = f"the training process ended without a word after step {row.get('steps_done')}"
    # What a script of the user's own prints is not ours to keep.
    if row.get("config") is not None:
        told += f": its log is {log}"
    # Why it diverged says more.
    return {"state": "interrupted", "ended": heartbeat, "error": row.get("error") or told}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
