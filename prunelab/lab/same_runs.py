"""The runs that are the very same as one that is asked for."""

from __future__ import annotations

from collections.abc import Iterable

from prunelab.lab.config import RunConfig
from prunelab.lab.run import Run
from prunelab.lab.run_columns import entry_of

__all__ = ["same_runs"]

# What was stopped or failed has no result, so that to run it again is no repetition.
_HAVE_ONE = frozenset({"queued", "running", "finished"})


def same_runs(config: RunConfig, runs: Iterable[Run]) -> list[Run]:
    """Those of some runs that wait, train or finished with the same choices and the same seed."""
    choices = entry_of(config)["choices"]
    return [
        run
        for run in runs
        if run.choices == choices and run.seed == config.seed and run.state in _HAVE_ONE
    ]
