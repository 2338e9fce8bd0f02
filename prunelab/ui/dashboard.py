"""`Dashboard`: choose, train, watch and compare on one page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from prunelab.errors import UsageError
from prunelab.lab import Lab, Run, RunConfig
from prunelab.schedules import PruningSchedule
from prunelab.ui.common.page_events import telling
from prunelab.ui.common.poller import Poller
from prunelab.ui.common.style import Styled, card
from prunelab.ui.common.words import BESIDE, TextLine, heading
from prunelab.ui.frontier import FrontierChart
from prunelab.ui.monitor import LiveCharts
from prunelab.ui.runs.details import RunDetails
from prunelab.ui.runs.form import RunForm
from prunelab.ui.runs.progress import Progress, current
from prunelab.ui.runs.starter import Starter
from prunelab.ui.runs.stop_button import StopButton
from prunelab.ui.runs.table import RunTable
from prunelab.ui.schedule.board import ScheduleBoard

__all__ = ["Dashboard"]

# Runs that are drawn where none are chosen in the table.
_NEWEST = 3


class Dashboard(Styled):
    """The whole lab on one page. Training runs in processes of its own and outlives the page.

    Args:
        lab: The lab, or nothing for the default one.
        schedule: What to show at first: one of the two kinds, or one of your own, which is then one
            more choice.

    Raises:
        LabError: where the lab cannot be used.
    """

    def __init__(self, lab: Lab | None = None, schedule: PruningSchedule | None = None) -> None:
        self._lab = lab if lab is not None else Lab()
        self._run_form = RunForm()
        config = self._run_form.config()
        self._board = ScheduleBoard(schedule, config.samples, config.batch_size, config.epochs)
        self._starter = Starter(self._lab, self._chosen, self._doing, self._board.mend)
        self._stop = StopButton()
        self._told = TextLine(error=True)
        self._progress = Progress()
        self._live = LiveCharts(self._lab)
        self._poller = Poller(self._look, lambda: self._lab.notice)
        self._table = RunTable(self._poller.look_now, self._poller.lock)
        self._details = RunDetails(self._lab)
        self._frontier = FrontierChart(self._poller.lock)
        super().__init__(self._laid_out())
        self.add_class("prunelab-dashboard")
        self._run_form.on_change(self._run_changed)
        self._board.on_change(self._choice_changed)
        self._board.on_run_wanted(self._run_form.show_run)
        self._board.on_run_linked(self._run_form.take)
        self._board.link_run(self._run_form.link_values())
        self._stop.on_click(self._ask_to_stop)
        self._board.view.chart.on_ping(self._poller.seen)
        self._poller.look_now()

    def _laid_out(self) -> list[widgets.Widget]:
        title = widgets.HTML('<h1 class="prunelab-title">prunelab</h1>')
        buttons = widgets.HBox([self._starter.button, self._stop])
        buttons.add_class("prunelab-buttons")
        head = widgets.VBox([title, self._poller.line])
        head.add_class("prunelab-head")
        forms = widgets.VBox(
            [
                card(heading("Schedule"), self._board.controls),
                card(heading("Run"), self._run_form),
            ]
        )
        forms.add_class("prunelab-forms")
        go = card(buttons, self._told, self._starter.question, self._progress)
        go.add_class("prunelab-go")
        side = widgets.VBox([forms, go])
        side.add_class("prunelab-side")
        main = widgets.VBox(
            [
                card(heading("What the schedule will do"), self._board.view, self._board.findings),
                self._live,
                card(heading("Runs"), self._table, self._details),
                card(
                    heading("Accuracy over sparsity", "each finished run, tested once"),
                    self._frontier,
                ),
                card(heading("Take it away"), self._board.takeaway),
            ]
        )
        main.add_class("prunelab-main")
        return [head, side, main]

    def _chosen(self) -> RunConfig:
        """The run that the forms choose.

        Raises:
            UsageError: where a value breaks a rule.
        """
        return self._run_form.config(self._board.chosen())

    def _run_changed(self) -> None:
        """Another run: the curves follow, or say why they cannot."""
        failed = "the curve cannot be drawn"
        self._choice_changed()
        with self._poller.lock, telling(self._board.tell_error, failed):
            self._run_form.show_notes(())  # Where the choice is refused there is nothing to note.
            if self._run_form.tells_beside:
                raise UsageError(BESIDE)
            config = self._run_form.config()
            self._run_form.show_notes(config.notes)
            self._board.link_run(self._run_form.link_values())
            self._board.set_run(config.samples, config.batch_size, config.epochs)

    def _choice_changed(self) -> None:
        """What was told or asked was of another choice."""
        self._told.tell("")
        self._starter.question.withdraw()

    def _doing(self, what: Callable[[], None]) -> None:
        with self._poller.lock, telling(self._told.tell, "the run cannot be started"):
            self._told.tell("")
            what()
            self._poller.look_now()

    def _ask_to_stop(self, _: Any) -> None:
        with self._poller.lock, telling(self._told.tell, "the stop cannot be asked for"):
            for number in self._stop.numbers:
                self._lab.stop(number)
            self._told.tell("")
            self._poller.look_now()

    def _look(self) -> None:
        """Brings everything up to what the lab holds now."""
        runs = self._lab.runs()
        run = current(runs)
        self._progress.show(runs, None if run is None else self._seconds_left(run))
        self._table.show(runs)
        selected = self._table.chosen
        self._stop.show(runs, selected)
        self._details.show(runs, selected)
        drawn = set(selected) or {
            run.id for run in [run for run in runs if run.steps_done][:_NEWEST]
        }
        self._live.show(
            [one for one in reversed(runs) if one.id in drawn or one.state == "running"]
        )
        self._frontier.show(runs)

    def _seconds_left(self, run: Run) -> float | None:
        if not run.steps:
            return None
        pace = self._lab.seconds_a_step(run.id)
        return None if pace is None else pace * (run.steps - run.steps_done)
