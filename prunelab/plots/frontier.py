"""Accuracy over sparsity of finished runs."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd
import plotly.graph_objects as go

from prunelab.lab import Run, compare
from prunelab.plots.theme import colour, layout, note

__all__ = ["frontier_figure"]

_HEIGHT = 340
_NARROWEST = 0.05
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")


def frontier_figure(runs: Sequence[Run]) -> go.Figure:
    """Draws every finished run, and the mean with its deviation where seeds were repeated.

    Args:
        runs: Runs on the same data with the same model; those not finished are left out.

    Returns:
        One trace a kind of schedule, a symbol each; runs keep their colour. Where the same choices
        were run with several seeds, a line through the mean spans one standard deviation.
    """
    done = [run for run in runs if run.counts]
    figure = go.Figure()
    kinds = list(dict.fromkeys(run.schedule_name for run in sorted(done, key=lambda run: run.id)))
    for index, kind in enumerate(kinds):
        of_kind = [run for run in done if run.schedule_name == kind]
        figure.add_trace(
            go.Scatter(
                x=[run.sparsity for run in of_kind],
                y=[run.test_accuracy for run in of_kind],
                # plotly reads tags in texts, and these are somebody's own words.
                customdata=[[run.id, escape(run.name)] for run in of_kind],
                name="baseline (unpruned)" if kind == "none" else escape(kind),
                mode="markers",
                marker={
                    "size": 11,
                    "symbol": _SYMBOLS[index % len(_SYMBOLS)],
                    "color": [colour(run.id) for run in of_kind],
                    "line": {"width": 1, "color": "rgba(128,128,128,0.8)"},
                },
                hovertemplate="run %{customdata[0]}: %{customdata[1]}<br>"
                "sparsity %{x:.2%}, accuracy %{y:.2%}<extra></extra>",
            )
        )
    repeated = compare(done)
    repeated = repeated[repeated["seeds"] > 1]
    if len(repeated):
        figure.add_trace(_means(repeated))
    mean, deviation = repeated["test_accuracy"], repeated["test_accuracy_sd"]
    heights = [run.test_accuracy or 0.0 for run in done]
    heights += [*(mean - deviation), *(mean + deviation)]
    figure.update_layout(
        layout(
            "sparsity of the prunable weights",
            "test accuracy",
            _HEIGHT,
            xaxis={"tickformat": ".0%", "range": [-0.03, 1.03]},
            yaxis={"tickformat": ".1%", "range": _span(heights)},
            hovermode="closest",
            showlegend=bool(done),
            annotations=[] if done else [note("finished runs appear here")],
        )
    )
    return figure


def _span(accuracies: Sequence[float]) -> list[float]:
    """The range of the axis: all accuracies with some air, and never so narrow that noise looms."""
    if not accuracies:
        return [0.0, 1.0]
    low, high = min(accuracies), max(accuracies)
    air = max(0.1 * (high - low), (_NARROWEST - (high - low)) / 2)
    return [low - air, high + air]


def _means(repeated: pd.DataFrame) -> go.Scatter:
    return go.Scatter(
        x=repeated["sparsity"],
        y=repeated["test_accuracy"],
        error_y={"type": "data", "array": repeated["test_accuracy_sd"], "width": 8},
        customdata=[
            [escape(schedule), seeds]
            for schedule, seeds in zip(repeated["schedule"], repeated["seeds"], strict=True)
        ],
        name="mean and standard deviation over seeds",
        mode="markers",
        marker={"symbol": "line-ew-open", "size": 16, "color": "rgba(128,128,128,1)"},
        hovertemplate="%{customdata[0]}<br>%{customdata[1]} seeds: mean accuracy %{y:.2%}"
        "<extra></extra>",
    )
