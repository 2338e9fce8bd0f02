"""Finished runs side by side: the same choices with several seeds make one row."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from prunelab.lab.run import Run

__all__ = ["compare"]

_SAME = ["choices", "schedule", "dataset", "model", "epochs", "batch_size"]


def compare(runs: Iterable[Run]) -> pd.DataFrame:
    """Groups finished runs that differ by their seed alone.

    Args:
        runs: Runs in any state; those that have not finished, or were not tested, are left out, and
            so is all but the newest of several with the same choices and the same seed.

    Returns:
        One row a group, the sparsest last: `schedule` (with its parameters), `dataset`, `model`,
        `epochs`, `batch_size`, `seeds` (how many), `sparsity` (mean, fraction),
        `test_accuracy` (mean, fraction), `test_accuracy_sd` (sample standard deviation over seeds;
        NaN for one), `keras_gzip` (mean bytes of the compressed model) and `runs` (their numbers).
    """
    rows = [
        {
            "choices": run.choices,
            "schedule": run.schedule_text,
            "seed": run.seed,
            "dataset": run.dataset,
            "model": run.model,
            "epochs": run.epochs,
            "batch_size": run.batch_size,
            "sparsity": run.sparsity,
            "test_accuracy": run.test_accuracy,
            "keras_gzip": (run.bytes or {}).get("keras_gzip"),
            "run": run.id,
        }
        for run in runs
        if run.state == "finished" and run.test_accuracy is not None
    ]
    columns = [*_SAME, "seed", "sparsity", "test_accuracy", "keras_gzip", "run"]
    # The same seed again is the same run again, and no evidence: its newest one counts.
    newest = pd.DataFrame(rows, columns=columns).sort_values("run", ascending=False)
    once = newest.drop_duplicates(["choices", "seed"])
    grouped = once.groupby(_SAME, sort=False, dropna=False)
    table = grouped.agg(
        seeds=("run", "size"),
        sparsity=("sparsity", "mean"),
        test_accuracy=("test_accuracy", "mean"),
        test_accuracy_sd=("test_accuracy", "std"),
        keras_gzip=("keras_gzip", "mean"),
        runs=("run", lambda numbers: sorted(numbers)),
    )
    table = table.reset_index().drop(columns="choices")
    return table.sort_values(["dataset", "model", "sparsity"], ignore_index=True)
