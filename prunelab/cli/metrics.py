"""The metrics of a run, as a table, as comma-separated values or as JSON."""

from __future__ import annotations

import json
import math
from argparse import Namespace

import pandas as pd

from prunelab.cli.labs import print_notice, run_of
from prunelab.lab import Lab, Run

__all__ = ["epochs_of", "json_rows", "print_metrics"]


def print_metrics(args: Namespace) -> None:
    """Prints one row a step of a run, one an epoch, or one a weight and mask update."""
    lab, run = run_of(args)
    if args.epochs:
        frame, kind = epochs_of(lab, run.id), "epochs"
    elif args.layers:
        frame, kind = lab.updates(run.id), "mask updates"
    else:
        frame, kind = lab.metrics(run.id), "steps"
    print_notice(lab)
    if args.json:
        print(json.dumps(json_rows(frame), indent=2))
    elif args.csv:
        print(frame.to_csv(index=False).rstrip("\n"))
    elif len(frame):
        print(frame.to_string(index=False))
    else:
        print(_none(run, kind))


def epochs_of(lab: Lab, number: int) -> pd.DataFrame:
    """The epochs of a run: the validation at the end of each, and the means of its steps.

    Args:
        lab: The lab.
        number: The run.

    Returns:
        Columns `epoch` (from 1), `step` (its last so far), `val_loss`, `val_accuracy` (missing
        where nothing was validated), `mean_loss`, `mean_accuracy` and `mean_sparsity`, each step
        counting once.
    """
    by_epoch = lab.metrics(number).groupby("epoch")
    means = by_epoch.agg(
        last=("step", "max"),
        mean_loss=("loss", "mean"),
        mean_accuracy=("accuracy", "mean"),
        mean_sparsity=("sparsity", "mean"),
    ).reset_index()
    # The steps of an epoch may be lost in a damaged file, and its validation is not there yet.
    found = lab.epochs(number).merge(means, on="epoch", how="outer").sort_values("epoch")
    found["step"] = found["step"].fillna(found.pop("last")).astype("Int64")
    return found


def json_rows(table: pd.DataFrame) -> list[dict[str, object]]:
    """The rows as plain data with all digits; what is missing or no finite number is None."""
    return [
        {str(name): _plain(value) for name, value in row.items()}
        for row in table.astype(object).to_dict("records")
    ]


def _plain(value: object) -> object:
    # pandas has a sign of its own for a whole number that is missing.
    missing = value is pd.NA or (isinstance(value, float) and not math.isfinite(value))
    return None if missing else value


def _none(run: Run, kind: str) -> str:
    if run.schedule is None and kind == "mask updates":
        return f"run {run.id} has no mask updates: its schedule is none"
    return f"run {run.id} has no {kind}" + " yet" * run.active
