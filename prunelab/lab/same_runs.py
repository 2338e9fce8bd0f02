"""Runs with the same choices and seed as a config."""

from __future__ import annotations

from collections.abc import Iterable

from prunelab.lab.config import RunConfig
from prunelab.lab.run import Run
from prunelab.lab.run_columns import run_columns

__all__ = ["same_runs"]

# A run that was stopped or failed has no result, so running it again is no repetition.
_WITH_RESULT = frozenset({"queued", "running", "finished"})


def same_runs(config: RunConfig, runs: Iterable[Run]) -> list[Run]:
    """Those of some runs that wait, train or finished with the same choices and the same seed."""
    choices = run_columns(config)["choices"]
    return [
        run
        for run in runs
        if run.choices == choices and run.seed == config.seed and run.state in _WITH_RESULT
    ]
