"""`ScheduleView`: the curves of schedules on a run, and what the edited one comes to in a line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ipywidgets as widgets

from prunelab.plots.figure_data import Tree
from prunelab.plots.schedule import Drawn, schedule_tree
from prunelab.ui.chart import Chart
from prunelab.ui.common.page_events import showing_errors
from prunelab.ui.common.words import TextLine
from prunelab.ui.schedule.dragged_points import moved, points_of
from prunelab.ui.schedule.state import ExplorerState

__all__ = ["ScheduleView"]


class ScheduleView(widgets.VBox):
    """Shows the plans of a scene; an error leaves the last good curves where they are.

    Args:
        state: What is shown; points that are dragged in the chart, and the axis, are changed.

    Attributes:
        chart: The chart.
        axis: Chooses what the chart counts along x.
        summary: What the edited schedule comes to; nothing where something is wrong.
        error: What is wrong with what is chosen.
    """

    def __init__(self, state: ExplorerState) -> None:
        self._state = state
        self.chart = Chart(self._figure())
        self.summary = TextLine()
        self.error = TextLine(error=True)
        # One of the two is empty, so what is below does not jump.
        lines = widgets.VBox([self.summary, self.error])
        lines.add_class("prunelab-outcome")
        self.axis = widgets.ToggleButtons(
            options=["step", "epoch"],
            value=state.scene.axis,
            tooltips=["count steps along x", "count epochs along x"],
        )
        below = widgets.HBox([lines, self.axis])
        below.add_class("prunelab-below")
        super().__init__([self.chart, below])
        self._show_text()
        state.observe(self._draw, "scene")
        state.observe(self._show_text, ["scene", "error"])
        self.axis.observe(self._turn, "value")
        self.chart.on_drag(self.move_point)

    def _figure(self) -> Tree:
        scene = self._state.scene
        pairs = zip(scene.schedules, self._state.plans, strict=True)
        drawn = [Drawn(named.name, plan, number) for number, (named, plan) in enumerate(pairs, 1)]
        points = points_of(self._state.edited.schedule)
        return schedule_tree(drawn, scene.edited, scene.axis, points)

    def _draw(self, _: Any) -> None:
        self.axis.value = self._state.scene.axis
        with showing_errors(self._state.fail, "the curve cannot be drawn"):
            self.chart.show(self._figure())

    def _show_text(self, _: Any = None) -> None:
        error = self._state.error
        self.error.show(f"{error} (the curve shows the last choice that fits)" if error else "")
        if error:
            self.summary.show("")
            return
        summary = self._state.plan.summary
        self.chart.label = f"Scheduled sparsity over steps. {summary}"
        self.summary.show(summary)

    def _turn(self, change: Any) -> None:
        self._state.scene = replace(self._state.scene, axis=change["new"])

    def move_point(self, point: int, x: float, y: float) -> None:
        """Moves a point of the edited schedule to where it is dragged, in the units of the axes."""
        state = self._state
        with showing_errors(state.fail, "the point cannot be moved"):
            step = x if state.scene.axis == "step" else x * state.scene.steps_per_epoch
            state.choose(moved(state.edited.schedule, point, step, y))
