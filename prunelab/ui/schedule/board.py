"""`ScheduleBoard`: several schedules on one run, chosen, shown, mended and exported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import ipywidgets as widgets
import traitlets

from prunelab.explorer.run_url import read_run
from prunelab.explorer.scene import Scene
from prunelab.plan import Mend
from prunelab.ui.common.debounce import Debounce
from prunelab.ui.common.page_events import showing_errors
from prunelab.ui.schedule.findings import Findings
from prunelab.ui.schedule.form import ScheduleForm
from prunelab.ui.schedule.preset_menu import PresetMenu
from prunelab.ui.schedule.schedule_list import ScheduleList
from prunelab.ui.schedule.state import ExplorerState
from prunelab.ui.schedule.takeaway import Takeaway
from prunelab.ui.schedule.view import ScheduleView

__all__ = ["ScheduleBoard"]


class ScheduleBoard:
    """The widgets of a state; whoever holds it lays them out and sets the run.

    Args:
        state: What is chosen and shown.
        own_samples: Whether the page has data of its own, whose samples no link changes.

    Attributes:
        state: What is chosen and shown.
        schedules: The list of schedules.
        presets: The menu of presets.
        form: The parameters of the schedule that is edited.
        controls: The three of them.
        view: The chart and a line about it.
        findings: What the diagnostics find, with its mends.
        takeaway: The edited schedule as code, and a link.
    """

    def __init__(self, state: ExplorerState, *, own_samples: bool = False) -> None:
        self.state = state
        self._own_samples = own_samples
        self._on_link: list[Callable[[dict[str, str]], None]] = []
        self.schedules = ScheduleList(state)
        self.presets = PresetMenu(state)
        self.form = ScheduleForm(state.draft)
        traitlets.link((state, "draft"), (self.form, "draft"))
        self.controls = widgets.VBox([self.schedules, self.presets, self.form])
        self.controls.add_class("prunelab-controls")
        self.view = ScheduleView(state)
        self.findings = Findings(self.mend)
        self.takeaway = Takeaway(state)
        # What takes time to read need not follow a drag.
        self._later = Debounce(self._follow)
        state.observe(self._follow_later, ["scene", "error", "linked"])
        self.takeaway.link.on_opened(self.open_link)
        self._follow()

    def on_link(self, callback: Callable[[dict[str, str]], None]) -> None:
        """Calls back with what a link says of the run (see `prunelab.explorer.run_url`)."""
        self._on_link.append(callback)

    def mend(self, mend: Mend) -> None:
        """Changes what a finding's mend changes."""
        with showing_errors(self.state.fail, "this cannot be changed"):
            self.state.mend(mend)

    def open_link(self, query: str) -> None:
        """Shows what a link says, from the query that a page was opened with."""
        with showing_errors(self.state.fail, "the link cannot be opened"):
            # First: schedules are read on the steps of the run.
            linked = read_run(query)
            for callback in self._on_link:
                callback(linked)
            scene = Scene.from_query(query, self.state.scene)
            if scene is None:
                return
            if self._own_samples:
                scene = replace(scene, samples=self.state.scene.samples)
            self.state.show(scene)

    def _follow_later(self, _: Any) -> None:
        if self.state.error:
            # What was found is not of a choice that does not fit.
            self.findings.findings = None
        self._later.request()

    def _follow(self) -> None:
        with showing_errors(self.state.fail, "the run cannot be looked at"):
            if not self.state.error:
                self.findings.findings = tuple(self.state.plan.findings)
            self.takeaway.update()
