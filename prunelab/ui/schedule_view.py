"""`ScheduleView`: the curve of a schedule on a run, and what it comes to in a line."""

from __future__ import annotations

import ipywidgets as widgets

from prunelab.plan import Plan
from prunelab.ui.chart import Chart
from prunelab.ui.figures import schedule_figure
from prunelab.ui.words import TextLine

__all__ = ["ScheduleView"]


class ScheduleView(widgets.VBox):
    """Shows a plan; an error leaves the last good curve in place.

    Args:
        plan: What to show at first.
    """

    def __init__(self, plan: Plan) -> None:
        self.chart = Chart(schedule_figure(plan), label="Scheduled sparsity over steps")
        self._summary = TextLine(plan.summary)
        self._error = TextLine(error=True)
        super().__init__([self.chart, self._summary, self._error])

    def show(self, plan: Plan) -> None:
        """Shows another plan."""
        figure = schedule_figure(plan)
        self.chart.show(figure)
        self.chart.label = f"Scheduled sparsity over steps. {plan.summary}"
        self._summary.tell(plan.summary)
        self._error.tell("")

    def tell_error(self, error: str) -> None:
        """Says why there is no curve for what is chosen."""
        self._error.tell(f"{error} (the curve shows the last choice that fits)")
