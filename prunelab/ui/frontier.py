"""`FrontierView`: accuracy over sparsity of the finished runs of a lab."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from prunelab.lab import Lab, Run, short_names
from prunelab.plots.frontier import frontier_figure
from prunelab.ui.chart import Chart
from prunelab.ui.common.page_events import LockedState, telling
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
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._runs: list[Run] = []
        # In the order in which they first finished, so that a choice on its way from the page
        # never comes to mean another kind.
        self._kinds: list[tuple[str, str]] = []
        self._chosen: tuple[str, str] | None = None
        self._quiet = False
        self._choice = _Choice(lock, description="runs on", layout={"display": "none"})
        self._choice.observe(self._choose, "index")
        self._error = TextLine(error=True)
        self.chart = Chart(frontier_figure([]), label="Test accuracy over sparsity")
        super().__init__([self._choice, self.chart, self._error])

    def show(self, runs: Sequence[Run]) -> None:
        """Draws the finished among these runs, the newest first; the same ones cost nothing."""
        done = [run for run in runs if run.counts]
        if done == self._runs:
            return
        kinds = list(dict.fromkeys(_kind(run) for run in reversed(done)))
        newest = _kind(done[0]) if done else None
        self._offer(kinds, self._chosen if self._chosen in kinds else newest)
        self._draw(done)
        self._runs = done

    def _offer(self, kinds: list[tuple[str, str]], shown: tuple[str, str] | None) -> None:
        # Two files of one name are told apart by as much of their paths as it takes.
        data = short_names([data for data, _ in kinds])
        models = short_names([model for _, model in kinds])
        names = [", ".join(pair) for pair in zip(data, models, strict=True)]
        self._quiet = True
        try:
            # In one message: new options alone would first choose the first of them.
            with self._choice.hold_sync():
                if names != list(self._choice.options):
                    self._choice.options = names
                self._choice.index = None if shown is None else kinds.index(shown)
        finally:
            self._quiet = False
        self._kinds = kinds
        self._choice.layout.display = None if len(kinds) > 1 else "none"

    def _choose(self, change: Any) -> None:
        """The user chose a kind; what `show` itself chooses is no choice of the user's."""
        if self._quiet:
            return
        with telling(self._error.tell, "these runs cannot be drawn"):
            self._chosen = self._kinds[change["new"]]
            self._draw(self._runs)
            self._error.tell("")

    def _draw(self, runs: Sequence[Run]) -> None:
        index = self._choice.index
        drawn = [] if index is None else [run for run in runs if _kind(run) == self._kinds[index]]
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
        self._poller = Poller(
            lambda: self._frontier.show(self._lab.runs()), lambda: self._lab.notice
        )
        self._frontier = FrontierChart(self._poller.lock)
        super().__init__([self._frontier, self._poller.line])
        self._frontier.chart.on_ping(self._poller.seen)


def _kind(run: Run) -> tuple[str, str]:
    return run.dataset, run.model
