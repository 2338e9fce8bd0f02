"""The charts of a run over its steps: loss, accuracy and sparsity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from prunelab.lab import Run
from prunelab.plots.theme import colour, dash, layout, note

__all__ = ["LIVE", "Line", "Panel", "live_figure"]

_HEIGHT = 280
_MOST_MARKERS = 60


class Line(NamedTuple):
    """One line a run: a column of its steps (or of its epochs) and how it looks."""

    table: str
    column: str
    name: str
    look: dict[str, Any]


class Panel(NamedTuple):
    """One chart: its title, what its lines are, its axis, and the lines of each run."""

    title: str
    description: str
    axis: dict[str, Any]
    form: str
    lines: tuple[Line, Line]


_BATCH = {"mode": "lines", "opacity": 0.55, "line": {"width": 1.2}}
_EPOCH = {"mode": "lines+markers", "line": {"width": 2}, "marker": {"size": 5}}

LIVE = {
    "loss": Panel(
        "loss",
        "thin: each batch; dots: validation",
        {"rangemode": "tozero"},
        ".4f",
        (
            Line("steps", "loss", "batch", _BATCH),
            Line("epochs", "val_loss", "validation", _EPOCH),
        ),
    ),
    "accuracy": Panel(
        "accuracy",
        "thin: each batch; dots: validation",
        {"tickformat": ".0%", "range": [0, 1.03]},
        ".2%",
        (
            Line("steps", "accuracy", "batch", _BATCH),
            Line("epochs", "val_accuracy", "validation", _EPOCH),
        ),
    ),
    "sparsity": Panel(
        "sparsity",
        "dotted: scheduled",
        {"tickformat": ".0%", "range": [0, 1.03]},
        ".3%",
        (
            Line(
                "steps", "scheduled_sparsity", "scheduled", {"mode": "lines", "line": {"width": 1}}
            ),
            Line("steps", "sparsity", "weights", {"mode": "lines", "line": {"width": 2}}),
        ),
    ),
}


def live_figure(
    panel: Panel, runs: Sequence[Run], tables: dict[tuple[int, str], pd.DataFrame]
) -> go.Figure:
    """Draws one panel for some runs; points that come later are appended to its traces.

    Args:
        panel: What to draw.
        runs: The runs, in the order of their traces: two traces each, in the order of the panel.
        tables: Rows so far by run number and table ("steps" or "epochs"); both have `step`.

    Returns:
        The figure, with a note instead of lines where there are no runs.
    """
    figure = go.Figure()
    for run in runs:
        # One entry a run, which hides and shows both of its lines: at its first line as long as
        # the second one, which may be a validation that there is none of, is empty.
        entry = int(len(tables[run.id, panel.lines[1].table]) > 0)
        for index, line in enumerate(panel.lines):
            rows = tables[run.id, line.table]
            figure.add_trace(
                go.Scatter(
                    x=rows["step"].to_numpy(np.int64),
                    y=rows[line.column].to_numpy(np.float64),
                    name=f"run {run.id}" if index == entry else f"run {run.id} {line.name}",
                    legendgroup=str(run.id),
                    showlegend=index == entry,
                    hovertemplate=f"%{{y:{panel.form}}}",
                    **_look(line, run.id, len(rows)),
                )
            )
    notes = [] if runs else [note("no runs yet: press Train")]
    figure.update_layout(
        layout("step", panel.title, _HEIGHT, yaxis=panel.axis, annotations=notes, showlegend=True),
        legend={"font": {"size": 11}},
    )
    return figure


def _look(line: Line, number: int, points: int) -> dict[str, Any]:
    # Dashes distinguish runs once colours begin again; a batch's noise would break into specks.
    style = dash(number)
    if line.look is _BATCH:
        style = "solid"
    elif line.column == "scheduled_sparsity":
        style = "dot"
    look = {**line.look, "line": {**line.look["line"], "color": colour(number), "dash": style}}
    if points > _MOST_MARKERS:
        look["mode"] = "lines"
    return look
