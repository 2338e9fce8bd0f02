"""The chart of a schedule on the steps of a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from prunelab.plan import Plan
from prunelab.ui.figures.look import colour, layout

__all__ = ["schedule_figure"]

_HEIGHT = 300
_MOST_POINTS = 2_000
_MOST_MARKERS = 80
_MOST_TICKS = 8


def schedule_figure(plan: Plan) -> go.Figure:
    """Draws the scheduled sparsity, and the staircase that the masks really follow.

    Args:
        plan: The schedule on the steps of a run.

    Returns:
        Two traces over steps, ticks at ends of epochs, and the reached sparsity as a label.
    """
    shown = _some(plan.steps)
    steps = plan.grid[shown]
    updates = _some(len(plan.update_steps))
    at, to = plan.update_steps[updates], plan.update_sparsity[updates]
    figure = go.Figure(
        [
            go.Scatter(
                x=steps,
                y=plan.scheduled[shown],
                name="scheduled",
                mode="lines",
                line={"color": colour(2), "width": 2, "dash": "dot"},
                hovertemplate="%{y:.3%}",
            ),
            go.Scatter(
                x=np.concatenate([[0], at, [plan.steps]]),
                y=np.concatenate([[0.0], to, [plan.reached]]).astype(np.float32),
                name="masks",
                mode="lines+markers" if len(at) <= _MOST_MARKERS else "lines",
                line={"color": colour(1), "width": 2, "shape": "hv"},
                marker={"size": np.array([0] + [6] * len(at) + [0])},
                hovertemplate="%{y:.3%}",
            ),
        ]
    )
    ticks = _epoch_ends(plan)
    figure.update_layout(
        layout(
            "step, and epoch below it",
            "sparsity",
            _HEIGHT,
            xaxis={
                "range": [0, plan.steps * 1.02],
                "tickvals": ticks,
                "ticktext": [f"{step:,}<br>{step // plan.steps_per_epoch}" for step in ticks],
            },
            yaxis={"range": [0, 1.05], "tickformat": ".0%"},
            annotations=[_reached(plan)],
            # Another length of the run is another picture: an old zoom would hide it.
            uirevision=f"{plan.steps}",
        )
    )
    return figure


def _some(count: int) -> npt.NDArray[np.int64]:
    """Places of at most `_MOST_POINTS` of `count` points, both ends among them."""
    if count <= _MOST_POINTS:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, _MOST_POINTS).round().astype(np.int64))


def _epoch_ends(plan: Plan) -> list[int]:
    """Steps at which every n-th epoch ends, 0 among them."""
    every = max(1, -(-plan.epochs // _MOST_TICKS))
    return [epoch * plan.steps_per_epoch for epoch in range(0, plan.epochs + 1, every)]


def _reached(plan: Plan) -> dict[str, Any]:
    return {
        "x": plan.steps,
        "y": plan.reached,
        "text": f"reaches {plan.reached:.2%}",
        "showarrow": False,
        "xanchor": "right",
        "yanchor": "bottom" if plan.reached < 0.9 else "top",
        "yshift": 4 if plan.reached < 0.9 else -6,
        "font": {"size": 13},
    }
