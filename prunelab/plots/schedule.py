"""The chart of schedules on the steps of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from prunelab.explorer.scene import Axis
from prunelab.plan import Plan
from prunelab.plots.figure_data import Tree
from prunelab.plots.theme import colour, layout

__all__ = ["Drawn", "schedule_tree"]

Steps = npt.NDArray[np.int64]

_HEIGHT = 340
# A chart is some 900 pixels wide: more points would cost a drag its fluidity and show nothing.
_GRID = 320
_MOST_UPDATES = 240
_MOST_MARKERS = 80
_MOST_TICKS = 8


class Drawn(NamedTuple):
    """One schedule in the chart.

    Attributes:
        name: What it is called.
        plan: The schedule on the steps of the run, the same run for all.
        number: Which of the colours it has, from 1.
    """

    name: str
    plan: Plan
    number: int


def schedule_tree(
    shown: Sequence[Drawn],
    edited: int = 0,
    axis: Axis = "step",
    points: tuple[Sequence[float], Sequence[float]] | None = None,
) -> Tree:
    """Draws the scheduled sparsities, and the staircases that the masks really follow.

    Args:
        shown: The schedules, at least one, all on one run.
        edited: The one that is being edited: drawn strongest, and what the others differ from.
        axis: What the horizontal axis counts.
        points: Steps and sparsities of points that can be dragged, where the edited one has them.

    Returns:
        A figure as plain data, since checking it would take half the time of a drag's frame. Two
        traces for each, the edited one's last, over one row of steps; then, where they can be
        distinguished, its mask updates; the points after all.
    """
    plan = shown[edited].plan
    steps = _steps(shown)
    x = steps if axis == "step" else steps / plan.steps_per_epoch
    order = [index for index in range(len(shown)) if index != edited] + [edited]
    own = plan.masks_at(steps)
    data: list[dict[str, Any]] = []
    for index in order:
        data += _traces(shown[index], steps, x, own, index == edited, shown)
    if 0 < len(plan.update_steps) <= _MOST_MARKERS:
        data.append(_updates(plan, axis, shown[edited].number))
    ticks = _epoch_ends(plan)
    end = plan.steps if axis == "step" else plan.steps / plan.steps_per_epoch
    looks = layout(
        "step, and epoch below it" if axis == "step" else "epoch, and step below it",
        "sparsity",
        _HEIGHT,
        xaxis={
            "range": [0, end * 1.02],
            "tickvals": [tick if axis == "step" else tick / plan.steps_per_epoch for tick in ticks],
            "ticktext": [_tick(tick, plan, axis) for tick in ticks],
            "hoverformat": ",.0f" if axis == "step" else ".2f",
            # Measuring labels anew would cost every frame of a drag a third of its time.
            "automargin": False,
        },
        yaxis={"range": [0, 1.05], "tickformat": ".0%", "automargin": False},
        margin={"l": 64, "r": 16, "t": 40, "b": 64},
        # Another length of the run is another picture: an old zoom would hide it.
        uirevision=f"{plan.steps} {axis}",
    )
    if points is not None:
        looks["meta"] = {"draggable": len(data)}
        data.append(_points(points, plan, axis, shown[edited].number))
    return {"data": [*data, _reached(plan, end)], "layout": looks}


def _traces(
    drawn: Drawn,
    steps: Steps,
    x: npt.NDArray[Any],
    own: npt.NDArray[np.float32],
    is_edited: bool,
    shown: Sequence[Drawn],
) -> list[dict[str, Any]]:
    name, plan, number = drawn
    masks = plan.masks_at(steps)
    many = len(shown) > 1
    hover = "%{y:.3%}"
    difference: dict[str, Any] = {}
    if not is_edited:
        hover += " (%{customdata:+.3%})"
        difference = {"customdata": masks - own}
    return [
        dict(
            x=x,
            y=plan.scheduled_at(np.maximum(steps, 1)),
            name=f"{name}: scheduled" if many else "scheduled",
            mode="lines",
            opacity=1.0 if is_edited else 0.6,
            line={"color": colour(number) if many else colour(2), "width": 2, "dash": "dot"},
            # Of the others the masks say enough: a legend and a hover of all would hide the chart.
            hovertemplate="%{y:.3%}" if is_edited else None,
            hoverinfo=None if is_edited else "skip",
            showlegend=is_edited,
        ),
        dict(
            x=x,
            y=masks,
            name=f"{name}: masks" if many else "masks",
            mode="lines",
            line={"color": colour(number), "width": 3 if is_edited and many else 2, "shape": "hv"},
            hovertemplate=hover,
            **difference,
        ),
    ]


def _steps(shown: Sequence[Drawn]) -> Steps:
    """Steps that all are drawn at: an even grid, and the mask updates of each."""
    run = shown[0].plan.steps
    parts = [_some(np.arange(0, run + 1), _GRID)]
    each = max(_MOST_UPDATES // len(shown), 2 * _MOST_MARKERS // len(shown))
    parts += [_some(drawn.plan.update_steps, each) for drawn in shown]
    return np.unique(np.concatenate(parts))


def _some(steps: Steps, most: int = _MOST_UPDATES) -> Steps:
    """At most so many of some steps, both ends among them."""
    if len(steps) <= most:
        return steps
    return steps[np.unique(np.linspace(0, len(steps) - 1, most).round().astype(np.int64))]


def _updates(plan: Plan, axis: Axis, number: int) -> dict[str, Any]:
    """A dot at every mask update."""
    at = plan.update_steps
    return dict(
        x=at if axis == "step" else at / plan.steps_per_epoch,
        y=plan.update_sparsity,
        name="mask updates",
        mode="markers",
        marker={"size": 6, "color": colour(number)},
        hoverinfo="skip",
        showlegend=False,
    )


def _points(
    points: tuple[Sequence[float], Sequence[float]], plan: Plan, axis: Axis, number: int
) -> dict[str, Any]:
    """Points to be dragged: large enough for a finger."""
    at = np.asarray(points[0], np.float64)
    return dict(
        x=at if axis == "step" else at / plan.steps_per_epoch,
        y=np.asarray(points[1], np.float64),
        name="points to drag",
        mode="markers",
        marker={"size": 13, "color": colour(number), "line": {"width": 2, "color": "white"}},
        hoverinfo="skip",
    )


def _epoch_ends(plan: Plan) -> list[int]:
    """Steps at which every n-th epoch ends, 0 among them."""
    every = max(1, -(-plan.epochs // _MOST_TICKS))
    return [epoch * plan.steps_per_epoch for epoch in range(0, plan.epochs + 1, every)]


def _tick(step: int, plan: Plan, axis: Axis) -> str:
    epoch = f"{step // plan.steps_per_epoch}"
    return f"{step:,}<br>{epoch}" if axis == "step" else f"{epoch}<br>{step:,}"


def _reached(plan: Plan, end: float) -> dict[str, Any]:
    """The sparsity at the end, beside the curve's end: above it, or below where it is high."""
    return {
        "type": "scatter",
        "x": [end],
        "y": [plan.reached],
        "text": [f"reaches {plan.reached:.2%}"],
        "mode": "text",
        "textposition": "top left" if plan.reached < 0.9 else "bottom left",
        "textfont": {"size": 13},
        "hoverinfo": "skip",
        "showlegend": False,
    }
