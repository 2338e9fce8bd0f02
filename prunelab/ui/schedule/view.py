"""`ScheduleView`: the curves of schedules on a run, and what the edited one comes to in a line."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as widgets

from prunelab.explorer.scene import Axis
from prunelab.plots.schedule import Drawn, schedule_tree
from prunelab.ui.chart import Chart
from prunelab.ui.common.words import TextLine

__all__ = ["ScheduleView"]


class ScheduleView(widgets.VBox):
    """Shows plans; an error leaves the last good curves in place.

    Args:
        shown: What to show at first.
        edited: The place of the one that is edited.
        axis: What the chart counts along x.
        control: What chooses that, to stand beside the line.
    """

    def __init__(
        self, shown: Sequence[Drawn], edited: int, axis: Axis, control: widgets.Widget
    ) -> None:
        self.chart = Chart(schedule_tree(shown, edited, axis))
        self._summary = TextLine()
        self._error = TextLine(error=True)
        # One of the two speaks, in the same place: what is below does not jump.
        said = widgets.VBox([self._summary, self._error])
        said.add_class("prunelab-said")
        below = widgets.HBox([said, control])
        below.add_class("prunelab-below")
        super().__init__([self.chart, below])
        self._say(shown[edited])

    def show(
        self,
        shown: Sequence[Drawn],
        edited: int,
        axis: Axis,
        points: tuple[Sequence[float], Sequence[float]] | None = None,
    ) -> None:
        """Shows other plans (see `schedule_tree`)."""
        self.chart.show(schedule_tree(shown, edited, axis, points))
        self._say(shown[edited])

    def tell_error(self, error: str) -> None:
        """Says why there is no curve for what is chosen."""
        self._summary.tell("")
        self._error.tell(f"{error} (the curve shows the last choice that fits)")

    @property
    def tells_error(self) -> bool:
        """Whether something is wrong with what is chosen."""
        return bool(self._error.value)

    def _say(self, drawn: Drawn) -> None:
        summary = drawn.plan.summary
        self.chart.label = f"Scheduled sparsity over steps. {summary}"
        self._summary.tell(summary)
        self._error.tell("")
