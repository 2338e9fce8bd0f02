"""Finished runs side by side: the same choices with several seeds make one row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from prunelab.lab.choices import choices_of, differing, group_of
from prunelab.lab.run import Run

__all__ = ["compare"]

_ALWAYS = ["schedule", "dataset", "model", "epochs", "batch_size"]


def compare(runs: Iterable[Run]) -> pd.DataFrame:
    """Groups finished runs that differ by their seed alone.

    Args:
        runs: Runs in any state; those whose test accuracy is no evidence (`Run.counts`) are left
            out, and so is all but the newest of several with the same choices and the same seed. A
            script's run that does not say its seed counts as one of a seed of its own.

    Returns:
        One row a group, the sparsest last: `schedule` (with its parameters), `dataset`, `model`,
        `epochs`, `batch_size`, a column for each other choice in which groups differ
        (`learning_rate`, say), `seeds` (how many), `sparsity` (mean, fraction), `test_accuracy`
        (mean, fraction), `test_accuracy_sd` (sample standard deviation over seeds; NaN for one),
        `keras_gzip` (mean bytes of the compressed model) and `runs` (their numbers).
    """
    done = [run for run in runs if run.counts]
    groups: dict[str, dict[object, Run]] = {}
    for run in sorted(done, key=lambda run: run.id):
        # A repetition of the same seed is no further evidence: only the newest counts.
        seed = ("run", run.id) if run.seed is None else run.seed
        groups.setdefault(group_of(run), {})[seed] = run
    newest = [max(seeds.values(), key=lambda run: run.id) for seeds in groups.values()]
    more = [name for name in differing(newest) if name not in _ALWAYS]
    rows = [_choices(run, more) | _measures(list(groups[group_of(run)].values())) for run in newest]
    table = pd.DataFrame(rows, columns=None if rows else [*_ALWAYS, *_measures([])])
    return table.sort_values(["dataset", "model", "sparsity"], ignore_index=True)


def _choices(run: Run, more: Iterable[str]) -> dict[str, Any]:
    known = choices_of(run) | {"name": run.name, "choices": group_of(run)}
    # A choice of a script may have the name of a result.
    results = _measures([])
    return {name: known.get(name) for name in _ALWAYS} | {
        f"chosen_{name}" if name in results else name: known.get(name) for name in more
    }


def _measures(runs: list[Run]) -> dict[str, Any]:
    """The results of a group of runs."""
    accuracy = pd.Series([run.test_accuracy for run in runs], dtype=float)
    sizes = [(run.bytes or {}).get("keras_gzip") for run in runs]
    return {
        "seeds": len(runs),
        "sparsity": pd.Series([run.sparsity for run in runs], dtype=float).mean(),
        "test_accuracy": accuracy.mean(),
        "test_accuracy_sd": accuracy.std(),
        "keras_gzip": pd.Series(sizes, dtype=float).mean(),
        "runs": sorted(run.id for run in runs),
    }
