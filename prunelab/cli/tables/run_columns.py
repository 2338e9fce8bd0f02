"""The columns of the tables of runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from textwrap import shorten
from typing import Any

import pandas as pd

from prunelab.cli.tables.layout import Column
from prunelab.lab import Run, differences, short_names, short_schedules

__all__ = ["compare_columns", "runs_columns"]

# The whole of it is in `prunelab runs --json`.
_ERROR_WIDTH = 60

# How much a column is needed: where there is no room for all, the smallest go first.
_SIZE, _SAME, _RUNS, _SPREAD, _PROGRESS, _DATA, _RESULT = range(7)

# What has a column of its own in the table of runs.
_OWN_COLUMN = ("name", "schedule", "dataset", "model")


def runs_columns(runs: Sequence[Run]) -> list[Column]:
    """The runs, one a row: what they are, their results, and the choices in which they differ."""
    different = differences(runs)
    errors = [shorten(run.error or "", _ERROR_WIDTH, placeholder=" ...") for run in runs]
    states = ["stopping" if run.stopping else run.state for run in runs]
    seeds = ["-" if run.seed is None else str(run.seed) for run in runs]
    progress = _PROGRESS if any(run.active for run in runs) else _SAME
    columns = [
        _numbers("run", (str(run.id) for run in runs), None),
        Column("name", [run.name for run in runs], least=12),
        Column("state", states, needed=_unless_same(states, _RESULT)),
    ]
    if "schedule" in different:
        texts, brief = [run.schedule_text for run in runs], different["schedule"]
        columns.append(Column("schedule", texts, brief=brief, below=brief))
    return [
        *columns,
        *(_choice(name, cells) for name, cells in different.items() if name not in _OWN_COLUMN),
        *_data_and_model(runs, different),
        _numbers("seed", seeds, _unless_same(seeds, _DATA)),
        _numbers("step", (f"{run.steps_done}/{run.steps}" for run in runs), progress),
        _numbers("sparsity", (_percent(run.sparsity) for run in runs), _RESULT),
        _numbers("accuracy", (_percent(run.test_accuracy) for run in runs), _RESULT),
        _numbers("gzip", (_size((run.bytes or {}).get("keras_gzip")) for run in runs), _SIZE),
        Column("error", errors, below=[run.error or "" for run in runs], least=24),
    ]


def compare_columns(table: pd.DataFrame, runs: Iterable[Run]) -> list[Column]:
    """The result of `prunelab.lab.compare`, one group of seeds a row.

    Args:
        table: The result.
        runs: The runs that it was made of.
    """
    by_number = {run.id: run for run in runs}
    groups = [by_number[max(numbers)] for numbers in table["runs"]]
    different = differences(groups)
    brief = short_schedules([group.schedule for group in groups])
    schedule = Column(
        "schedule",
        [group.schedule_text for group in groups],
        brief=brief,
        narrow=[group.schedule_name for group in groups],
        # Its parameters, less the brackets.
        below=[
            text[len(group.schedule_name) + 1 : -1]
            for text, group in zip(brief, groups, strict=True)
        ],
        least=12,
    )
    epochs = [] if "epochs" in different else [str(group.epochs) for group in groups]
    return [
        schedule,
        *([_choice("name", different["name"])] if "name" in different else []),
        *_data_and_model(groups, different),
        *([_numbers("epochs", epochs, _SAME)] if epochs else []),
        *(_choice(name, cells) for name, cells in different.items() if name not in _OWN_COLUMN),
        _numbers("seeds", map(str, table["seeds"]), _DATA),
        _numbers("sparsity", map(_percent, table["sparsity"]), _RESULT),
        _numbers("accuracy", map(_percent, table["test_accuracy"]), None),
        _numbers("+/- sd", map(_percent, table["test_accuracy_sd"]), _SPREAD),
        _numbers("gzip bytes", map(_size, table["keras_gzip"]), _SIZE),
        Column(
            "runs",
            [", ".join(map(str, ids)) for ids in table["runs"]],
            least=8,
            needed=_RUNS,
        ),
    ]


def _choice(name: str, cells: Sequence[str]) -> Column:
    """A choice in which runs differ."""
    return Column(name, cells, below=[f"{name}={cell}" for cell in cells])


def _data_and_model(runs: Sequence[Run], different: Mapping[str, Sequence[str]]) -> list[Column]:
    return [
        _choice(name, different[name])
        if name in different
        else Column(name, short_names([getattr(run, name) for run in runs]), least=8, needed=_SAME)
        for name in ("dataset", "model")
    ]


def _numbers(name: str, cells: Iterable[str], needed: int | None) -> Column:
    return Column(name, list(cells), needed=needed, right=True)


def _unless_same(cells: Sequence[str], needed: int) -> int:
    return needed if len(set(cells)) > 1 else _SAME


def _percent(share: Any) -> str:
    return "-" if share is None or pd.isna(share) else f"{share:.2%}"


def _size(size: Any) -> str:
    return "-" if size is None or pd.isna(size) else f"{size:,.0f}"
