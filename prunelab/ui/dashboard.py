"""`Dashboard`: choose, train, watch and compare on one page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from prunelab.errors import UsageError
from prunelab.lab import Lab, Run, RunConfig
from prunelab.schedules import PruningSchedule
from prunelab.ui.common.page_events import showing_errors
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
from prunelab.ui.schedule.state import ExplorerState

__all__ = ["Dashboard"]

# Runs that are drawn where none are chosen in the table.
_NEWEST = 3


class Dashboard(Styled):
    """The whole lab on one page. Training runs in processes of its own and outlives the page.

    Args:
        lab: The lab, or nothing for the default one.
        schedule: What to show at first; one of your own is then one more choice.

    Attributes:
        lab: The lab.
        state: What is chosen and shown of schedules, as traits to observe and to set.
        board: The widgets of that.
        run_form: What to train and on what.
        starter: The button that starts a run, and what it asks.
        stop: The button that stops runs.
        message: What went wrong with the last click on one of the two.
        progress: How far the current run is.
        table: All runs; the selected ones are drawn.
        details: What was chosen for the selected ones.
        live: Loss, accuracy and sparsity over steps.
        frontier: Accuracy over sparsity.
        poller: Looks into the lab while a page is there.

    Raises:
        LabError: where the lab cannot be used.
    """

    def __init__(self, lab: Lab | None = None, schedule: PruningSchedule | None = None) -> None:
        self.lab = lab if lab is not None else Lab()
        self.run_form = RunForm()
        config = self.run_form.config()
        self.state = ExplorerState(schedule, config.samples, config.batch_size, config.epochs)
        self.board = ScheduleBoard(self.state, own_samples=True)
        self.starter = Starter(self.lab, self.config, self._run_click, self.board.mend)
        self.stop = StopButton()
        self.message = TextLine(error=True)
        self.progress = Progress()
        self.live = LiveCharts(self.lab)
        self.poller = Poller(self._look, lambda: self.lab.notice)
        self.table = RunTable(self.poller.lock)
        self.details = RunDetails(self.lab)
        self.frontier = FrontierChart(self.poller.lock)
        super().__init__(self._laid_out())
        self.add_class("prunelab-dashboard")
        self.run_form.observe(self._run_changed, "draft")
        self.state.observe(self._choice_changed, ["draft", "scene"])
        self.state.observe(self._scene_changed, "scene")
        self.board.on_link(self.run_form.open_link)
        self.state.linked = self.run_form.draft.to_link()
        self.table.observe(lambda _: self.poller.look_now(), "selected")
        self.stop.on_click(self._ask_to_stop)
        self.board.view.chart.on_ping(self.poller.seen)
        self.poller.look_now()

    def _laid_out(self) -> list[widgets.Widget]:
        title = widgets.HTML('<h1 class="prunelab-title">prunelab</h1>')
        buttons = widgets.HBox([self.starter.button, self.stop])
        buttons.add_class("prunelab-buttons")
        head = widgets.VBox([title, self.poller.line])
        head.add_class("prunelab-head")
        forms = widgets.VBox(
            [
                card(heading("Schedule"), self.board.controls),
                card(heading("Run"), self.run_form),
            ]
        )
        forms.add_class("prunelab-forms")
        go = card(buttons, self.message, self.starter.question, self.progress)
        go.add_class("prunelab-go")
        side = widgets.VBox([forms, go])
        side.add_class("prunelab-side")
        main = widgets.VBox(
            [
                card(heading("What the schedule will do"), self.board.view, self.board.findings),
                self.live,
                card(heading("Runs"), self.table, self.details),
                card(
                    heading("Accuracy over sparsity", "each finished run, tested once"),
                    self.frontier,
                ),
                card(heading("Take it away"), self.board.takeaway),
            ]
        )
        main.add_class("prunelab-main")
        return [head, side, main]

    def config(self) -> RunConfig:
        """The run that the forms choose.

        Raises:
            UsageError: where a value breaks a rule.
        """
        return self.run_form.config(self.state.draft.schedule())

    def _run_changed(self, _: Any) -> None:
        """Another run: the curves follow, or say why they cannot."""
        self._choice_changed()
        with self.poller.lock, showing_errors(self.state.refuse_run, "the curve cannot be drawn"):
            self.run_form.show_notes(())  # Where the choice is refused there is nothing to note.
            if self.run_form.shows_errors:
                raise UsageError(BESIDE)
            config = self.run_form.config()
            self.run_form.show_notes(config.notes)
            self.state.linked = self.run_form.draft.to_link()
            self.state.set_run(config.samples, config.batch_size, config.epochs)

    def _scene_changed(self, change: Any) -> None:
        """A link or a mend shows another run: the form follows."""
        old, new = change["old"], change["new"]
        if (new.batch_size, new.epochs) != (old.batch_size, old.epochs):
            self.run_form.follow(new)

    def _choice_changed(self, _: Any = None) -> None:
        """What was shown or asked was of another choice."""
        self.message.show("")
        self.starter.question.withdraw()

    def _run_click(self, action: Callable[[], None]) -> None:
        with self.poller.lock, showing_errors(self.message.show, "the run cannot be started"):
            self.message.show("")
            action()
            self.poller.look_now()

    def _ask_to_stop(self, _: Any) -> None:
        with self.poller.lock, showing_errors(self.message.show, "the stop cannot be asked for"):
            for number in self.stop.numbers:
                self.lab.stop(number)
            self.message.show("")
            self.poller.look_now()

    def _look(self) -> None:
        """Brings everything up to what the lab holds now."""
        runs = self.lab.runs()
        run = current(runs)
        self.progress.show(runs, None if run is None else self._seconds_left(run))
        self.table.show(runs)
        selected = self.table.selected
        self.stop.show(runs, selected)
        self.details.show(runs, selected)
        drawn = set(selected) or {
            run.id for run in [run for run in runs if run.steps_done][:_NEWEST]
        }
        self.live.show([one for one in reversed(runs) if one.id in drawn or one.state == "running"])
        self.frontier.show(runs)

    def _seconds_left(self, run: Run) -> float | None:
        if not run.steps:
            return None
        pace = self.lab.seconds_a_step(run.id)
        return None if pace is None else pace * (run.steps - run.steps_done)
