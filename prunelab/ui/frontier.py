"""`FrontierView`: accuracy over sparsity of the finished runs of a lab."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import ipywidgets as widgets

from prunelab.lab import Lab, Run
from prunelab.ui.chart import Chart
from prunelab.ui.figures import frontier_figure
from prunelab.ui.poller import Poller
from prunelab.ui.style import Styled

__all__ = ["FrontierChart", "FrontierView"]


class FrontierChart(widgets.VBox):
    """The chart, and above it the choice of data and model where there are several.

    Accuracies on different data or of different models are no comparison, so they are never in one
    picture.
    """

    def __init__(self) -> None:
        self._runs: list[Run] = []
        self._kinds: list[tuple[str, str]] = []
        self._choice = widgets.Dropdown(description="runs on", layout={"display": "none"})
        self._choice.observe(lambda _: self._draw(), "index")
        self.chart = Chart(frontier_figure([]), label="Test accuracy over sparsity")
        super().__init__([self._choice, self.chart])

    def show(self, runs: Sequence[Run]) -> None:
        """Draws the finished among these runs, the newest first; the same ones cost nothing."""
        done = [run for run in runs if run.state == "finished" and run.test_accuracy is not None]
        if done == self._runs:
            return
        self._runs = done
        self._kinds = list(dict.fromkeys(_kind(run) for run in done))
        names = [f"{Path(data).name}, {Path(model).name}" for data, model in self._kinds]
        self._choice.options = names
        # The newest run is what its user wants to see placed.
        self._choice.index = 0 if names else None
        self._choice.layout.display = None if len(names) > 1 else "none"
        self._draw()

    def _draw(self) -> None:
        kind = None if self._choice.index is None else self._kinds[self._choice.index]
        drawn = [run for run in self._runs if _kind(run) == kind]
        self.chart.show(frontier_figure(drawn))
        self.chart.label = f"Test accuracy over sparsity of {len(drawn)} finished runs"


class FrontierView(Styled):
    """Accuracy over sparsity of all finished runs, brought up to date as more finish.

    Args:
        lab: The lab, or nothing for the default one.

    Example:
        >>> FrontierView(Lab("my-lab"))
    """

    def __init__(self, lab: Lab | None = None) -> None:
        self._lab = lab if lab is not None else Lab()
        self._frontier = FrontierChart()
        self._poller = Poller(lambda: self._frontier.show(self._lab.runs()))
        super().__init__([self._frontier, self._poller.line])
        self._frontier.chart.on_ping(self._poller.seen)


def _kind(run: Run) -> tuple[str, str]:
    return run.dataset, run.model
