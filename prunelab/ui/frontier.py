"""`FrontierView`: accuracy over sparsity of the finished runs of a lab."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets
import traitlets

from prunelab.lab import Lab, Run, short_names
from prunelab.plots.frontier import frontier_figure
from prunelab.ui.chart import Chart
from prunelab.ui.common.options import show_options
from prunelab.ui.common.page_events import LockedState, showing_errors
from prunelab.ui.common.poller import Poller
from prunelab.ui.common.style import Styled
from prunelab.ui.common.words import TextLine

__all__ = ["FrontierChart", "FrontierView"]


class _Choice(LockedState, widgets.Dropdown):
    """The dropdown of data and model."""


class FrontierChart(widgets.VBox):
    """The chart, and above it the choice of data and model where there are several.

    Accuracies on different data or of different models are no comparison, so they are never in one
    picture. What the user chose stays; until then the newest run's kind is shown.

    Args:
        lock: Held by whoever calls `show`; the page's choice waits for it.

    Attributes:
        runs: The finished runs, the newest first.
        chosen: The data and the model that the user chose; None until then.
        choice: The menu of data and models.
        chart: The chart.
    """

    runs = traitlets.Tuple()
    chosen = traitlets.Tuple(allow_none=True, default_value=None)

    def __init__(self, lock: threading.RLock) -> None:
        self.choice = _Choice(lock, description="runs on", layout={"display": "none"})
        self._error = TextLine(error=True)
        self.chart = Chart(frontier_figure([]), label="Test accuracy over sparsity")
        super().__init__([self.choice, self.chart, self._error])
        self.observe(self._draw, ["runs", "chosen"])
        self.choice.observe(self._pick, "index")

    def show(self, runs: Sequence[Run]) -> None:
        """Draws the finished among these runs, the newest first; the same ones cost nothing."""
        self.runs = tuple(run for run in runs if run.counts)

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """Data and models of the runs, in the order in which they first finished.

        So a choice on its way from the page never comes to mean another kind.
        """
        return list(dict.fromkeys(_kind(run) for run in reversed(self.runs)))

    @property
    def kind(self) -> tuple[str, str] | None:
        """The data and the model that are shown; None where no run has finished."""
        if self.chosen in self.kinds:
            return self.chosen
        return _kind(self.runs[0]) if self.runs else None

    def _pick(self, change: Any) -> None:
        """Another kind than the one that is shown is the user's choice."""
        with showing_errors(self._error.show, "these runs cannot be drawn"):
            if change["new"] is not None and self.kinds[change["new"]] != self.kind:
                self.chosen = self.kinds[change["new"]]
                self._error.show("")

    def _draw(self, _: Any) -> None:
        kinds, kind = self.kinds, self.kind
        # Two files of one name are shown with as much of their paths as it takes.
        data = short_names([data for data, _ in kinds])
        models = short_names([model for _, model in kinds])
        names = [", ".join(pair) for pair in zip(data, models, strict=True)]
        show_options(self.choice, names, None if kind is None else kinds.index(kind))
        self.choice.layout.display = None if len(kinds) > 1 else "none"
        drawn = [run for run in self.runs if _kind(run) == kind]
        self.chart.show(frontier_figure(drawn))
        self.chart.label = f"Test accuracy over sparsity of {len(drawn)} finished runs"


class FrontierView(Styled):
    """Accuracy over sparsity of all finished runs, brought up to date as more finish.

    Args:
        lab: The lab, or nothing for the default one.

    Attributes:
        frontier: The chart, with the choice of data and model.
        poller: Looks into the lab while a page is there.

    Example:
        >>> FrontierView(Lab("my-lab"))
    """

    def __init__(self, lab: Lab | None = None) -> None:
        self._lab = lab if lab is not None else Lab()
        self.poller = Poller(lambda: self.frontier.show(self._lab.runs()), lambda: self._lab.notice)
        self.frontier = FrontierChart(self.poller.lock)
        super().__init__([self.frontier, self.poller.line])
        self.frontier.chart.on_ping(self.poller.seen)


def _kind(run: Run) -> tuple[str, str]:
    return run.dataset, run.model
