"""Tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten

import pandas as pd

from prunelab.lab import Run

__all__ = ["compare_table", "runs_table", "shown"]

# The whole of it is in `prunelab runs --json`.
_ERROR_WIDTH = 60


def runs_table(runs: Sequence[Run]) -> str:
    """The runs, one a line."""
    rows = [
        {
            "run": run.id,
            "name": run.name,
            "state": "stopping" if run.stopping else run.state,
            "dataset": Path(run.dataset).name,
            "model": Path(run.model).name,
            "seed": "-" if run.seed is None else run.seed,
            "step": f"{run.steps_done}/{run.steps}",
            "sparsity": _percent(run.sparsity),
            "accuracy": _percent(run.test_accuracy),
            "gzip": f"{run.bytes['keras_gzip']:,}" if run.bytes else "-",
            "error": shorten(run.error or "", _ERROR_WIDTH, placeholder=" ..."),
        }
        for run in runs
    ]
    return pd.DataFrame(rows).to_string(index=False)


def compare_table(table: pd.DataFrame) -> str:
    """What `prunelab.lab.compare` found, one group of seeds a line."""
    return shown(table).to_string(index=False)


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """The same with its figures as people read them."""
    return pd.DataFrame(
        {
            "schedule": table["schedule"],
            "dataset": [Path(name).name for name in table["dataset"]],
            "model": [Path(name).name for name in table["model"]],
            "epochs": table["epochs"],
            "seeds": table["seeds"],
            "sparsity": table["sparsity"].map(_percent),
            "accuracy": table["test_accuracy"].map(_percent),
            "+/- sd": table["test_accuracy_sd"].map(_percent),
            "gzip bytes": [f"{size:,.0f}" for size in table["keras_gzip"]],
            "runs": [", ".join(map(str, numbers)) for numbers in table["runs"]],
        }
    )


def _percent(share: float | None) -> str:
    return "-" if share is None or pd.isna(share) else f"{share:.2%}"
