"""`TrainingMonitor`: loss, accuracy and sparsity of some runs, step by step, as they come."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as widgets
import numpy as np
import pandas as pd

from prunelab.lab import Lab, Run
from prunelab.plots.live import LIVE, live_figure
from prunelab.ui.chart import Chart
from prunelab.ui.common.poller import Poller
from prunelab.ui.common.style import Styled, card
from prunelab.ui.common.words import heading

__all__ = ["LiveCharts", "TrainingMonitor"]

_NEWEST = 4

Tables = dict[tuple[int, str], pd.DataFrame]
"""Rows by run number and table: "steps" or "epochs"."""


class LiveCharts(widgets.Box):
    """The three charts of a run over its steps; new points are appended, old ones not resent.

    Args:
        lab: Where the points come from.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        # What the charts hold: the runs of their traces, and the last row of each. None until they
        # were drawn without an error.
        self._shown: list[int] | None = None
        self._seen: dict[tuple[int, str], int] = {}
        self.charts = {
            name: Chart(live_figure(panel, [], {}), label=f"{panel.title} over steps")
            for name, panel in LIVE.items()
        }
        cards = [
            card(heading(panel.title.capitalize(), panel.description), self.charts[name])
            for name, panel in LIVE.items()
        ]
        super().__init__(cards)
        self.add_class("prunelab-live")

    def show(self, runs: Sequence[Run]) -> None:
        """Draws these runs up to what is stored now."""
        numbers = [run.id for run in runs]
        # An error in between leaves nothing as shown, so the next time draws everything anew.
        shown, self._shown = self._shown, None
        seen = dict(self._seen) if numbers == shown else {}
        tables = self._new_rows(numbers, seen)
        if numbers == shown:
            self._append(numbers, tables)
        else:
            for name, panel in LIVE.items():
                self.charts[name].show(live_figure(panel, runs, tables))
        self._shown, self._seen = numbers, seen

    def _append(self, numbers: Sequence[int], tables: Tables) -> None:
        for name, panel in LIVE.items():
            points = {
                len(panel.lines) * index + row: {
                    "x": tables[number, line.table]["step"].to_numpy(np.int64),
                    "y": tables[number, line.table][line.column].to_numpy(np.float64),
                }
                for index, number in enumerate(numbers)
                for row, line in enumerate(panel.lines)
                if len(tables[number, line.table])
            }
            if points:
                self.charts[name].extend(points)

    def _new_rows(self, numbers: Sequence[int], seen: dict[tuple[int, str], int]) -> Tables:
        """Rows of each run and table that were not seen before, and notes them as seen."""
        tables = {}
        for number in numbers:
            for table, read, key in (
                ("steps", self._lab.metrics, "step"),
                ("epochs", self._lab.epochs, "epoch"),
            ):
                rows = read(number, seen.get((number, table), 0))
                if len(rows):
                    seen[number, table] = int(rows[key].iloc[-1])
                tables[number, table] = rows
        return tables


class TrainingMonitor(Styled):
    """Follows the runs of a lab live; works beside any training process, and beside your own `fit`.

    Args:
        lab: The lab, or nothing for the default one.
        runs: Numbers of the runs to draw; by default the newest four.

    Attributes:
        charts: The charts.
        poller: Looks into the lab while a page is there.

    Example:
        >>> TrainingMonitor(Lab("my-lab"))
    """

    def __init__(self, lab: Lab | None = None, runs: Sequence[int] | None = None) -> None:
        self._lab = lab if lab is not None else Lab()
        self._numbers = runs
        self.charts = LiveCharts(self._lab)
        self.poller = Poller(self._look, lambda: self._lab.notice)
        super().__init__([self.charts, self.poller.line])
        for chart in self.charts.charts.values():
            chart.on_ping(self.poller.seen)

    def _look(self) -> None:
        runs = self._lab.runs()
        if self._numbers is None:
            self.charts.show(list(reversed(runs[:_NEWEST])))
        else:
            self.charts.show([run for run in reversed(runs) if run.id in self._numbers])
