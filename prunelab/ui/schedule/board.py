"""`ScheduleBoard`: several schedules on one run, chosen, seen, mended and taken away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import ipywidgets as widgets

from prunelab.errors import UsageError
from prunelab.explorer.builtin_presets import Preset
from prunelab.explorer.run_url import read_run, with_run
from prunelab.explorer.scene import Named, Scene
from prunelab.plan import Mend, Plan, diagnose, steps_per_epoch
from prunelab.plots.schedule import Drawn
from prunelab.schedules import PruningSchedule
from prunelab.ui.common.debounce import Debounce
from prunelab.ui.common.page_events import telling
from prunelab.ui.common.page_link import PageLink
from prunelab.ui.common.words import BESIDE, TextLine
from prunelab.ui.schedule.code_view import CodeView
from prunelab.ui.schedule.dragged_points import moved, points_of
from prunelab.ui.schedule.findings import Findings
from prunelab.ui.schedule.form import ScheduleForm
from prunelab.ui.schedule.preset_menu import PresetMenu
from prunelab.ui.schedule.schedule_list import ScheduleList
from prunelab.ui.schedule.view import ScheduleView

__all__ = ["ScheduleBoard"]

# What the first schedule is called until somebody names it.
_FIRST = "schedule 1"


class ScheduleBoard:
    """The controls and the view of a scene; whoever holds it lays them out and sets the run.

    Args:
        schedule: What to show at first; None for a default that fits the run.
        samples: Samples that the model trains on.
        batch_size: Samples of one step.
        epochs: Passes over the samples.

    Attributes:
        controls: The list of schedules, presets, and the parameters of the one that is edited.
        view: The chart and a line about it.
        findings: What the linter says, with its mends.
        takeaway: Code, and a link.
    """

    def __init__(
        self, schedule: PruningSchedule | None, samples: int, batch_size: int, epochs: int
    ) -> None:
        steps = steps_per_epoch(samples, batch_size) * epochs
        self._form = ScheduleForm(steps, schedule)
        scene = Scene(
            (Named(_FIRST, self._form.schedule()),),
            samples=samples,
            batch_size=batch_size,
            epochs=epochs,
        )
        self._scene = scene
        self._plans: dict[int, Plan] = {}
        self._run_error = ""
        self._run_link: dict[str, str] = {}
        self._changed: list[Callable[[], None]] = []
        self._run_wanted: list[Callable[[Scene], None]] = []
        self._run_linked: list[Callable[[dict[str, str]], None]] = []
        self._list = ScheduleList(self._listed)
        self._presets = PresetMenu(self._start_from, self._current)
        self.controls = widgets.VBox([self._list, self._presets, self._form])
        self.controls.add_class("prunelab-controls")
        self._axis = widgets.ToggleButtons(
            options=["step", "epoch"], tooltips=["count steps along x", "count epochs along x"]
        )
        self.view = ScheduleView(self._drawn(), scene.edited, scene.axis, self._axis)
        self.findings = Findings(self.mend)
        self._code = CodeView()
        self.link = PageLink()
        self._link_error = TextLine(error=True)
        self.takeaway = widgets.VBox([self.link, self._link_error, self._code])
        # What takes time to read need not follow a drag.
        self._later = Debounce(self._tell_more)
        self._form.on_change(self.refresh)
        self._axis.observe(self._axis_changed, "value")
        self.link.on_opened(self._opened)
        self.view.chart.on_drag(self._point_dragged)
        self._list.show(self._names(), scene.edited)
        self._tell_more()

    @property
    def scene(self) -> Scene:
        """The last good choice."""
        return self._scene

    @property
    def plan(self) -> Plan:
        """The one that is edited, on the run."""
        return self._plan(self._scene.edited)

    def chosen(self) -> PruningSchedule | None:
        """The schedule in the form.

        Raises:
            UsageError: where its parameters break a rule together.
        """
        return self._form.schedule()

    def on_change(self, callback: Callable[[], None]) -> None:
        """Calls back, without arguments, when another schedule is chosen."""
        self._changed.append(callback)

    def on_run_wanted(self, callback: Callable[[Scene], None]) -> None:
        """Calls back with a scene whose run is to be shown: a link or a mend asks for it."""
        self._run_wanted.append(callback)

    def on_run_linked(self, callback: Callable[[dict[str, str]], None]) -> None:
        """Calls back with what a link says of the run (see `prunelab.explorer.run_url`)."""
        self._run_linked.append(callback)

    def link_run(self, values: Mapping[str, str]) -> None:
        """What a link to this page says of the run beside its sizes."""
        self._run_link = dict(values)
        self._later.ask()

    def set_run(self, samples: int, batch_size: int, epochs: int) -> None:
        """Another run: schedules keep their share of it.

        Raises:
            UsageError: for a run of no steps or too many.
        """
        scene = replace(self._scene, samples=samples, batch_size=batch_size, epochs=epochs)
        if (scene.steps, scene.steps_per_epoch) != (self._scene.steps, self._scene.steps_per_epoch):
            self._plans.clear()
        self._form.set_steps(scene.steps)
        self._scene = scene
        self._run_error = ""
        self.refresh()

    def refresh(self) -> None:
        """Another choice: the curve follows, or says why it cannot."""
        with telling(self._tell_choice, "the curve cannot be drawn"):
            try:
                schedule = self._form.schedule()
            except UsageError:
                if not self._form.tells_beside:
                    raise
                self._tell_choice(BESIDE)
                self._tell_changed()
                return
            if schedule != self._edited.schedule:
                self._put(schedule)
            self._draw()
            if self._run_error:
                self._tell_choice(self._run_error)
            self._tell_changed()

    def tell_error(self, error: str) -> None:
        """Says what is wrong with the run, until `set_run` is given another."""
        self._run_error = error
        self._tell_choice(error)

    def _tell_changed(self) -> None:
        for callback in self._changed:
            callback()

    def _tell_choice(self, error: str) -> None:
        """Says why there is no curve for what is chosen; nothing is said to be fine then."""
        self.view.tell_error(error)
        self.findings.hide()

    def show(self, scene: Scene) -> None:
        """Shows another scene, its run included."""
        self._scene = scene
        self._plans.clear()
        self._form.set_steps(scene.steps)
        self._show_edited()

    @property
    def _edited(self) -> Named:
        return self._scene.schedules[self._scene.edited]

    def _names(self) -> list[str]:
        return [named.name for named in self._scene.schedules]

    def _put(self, schedule: PruningSchedule | None, name: str | None = None) -> None:
        """Another schedule in the place of the one that is edited."""
        place = self._scene.edited
        named = Named(self._edited.name if name is None else name, schedule)
        before = self._scene.schedules
        self._scene = replace(self._scene, schedules=(*before[:place], named, *before[place + 1 :]))
        self._plans.pop(place, None)

    def _plan(self, place: int) -> Plan:
        # What is not edited is computed once, however long its neighbour is dragged.
        if place not in self._plans:
            self._plans[place] = self._scene.plan(place)
        return self._plans[place]

    def _drawn(self) -> list[Drawn]:
        return [
            Drawn(named.name, self._plan(place), place + 1)
            for place, named in enumerate(self._scene.schedules)
        ]

    def _draw(self) -> None:
        points = points_of(self._edited.schedule)
        self.view.show(self._drawn(), self._scene.edited, self._scene.axis, points)
        self._later.ask()

    def _tell_more(self) -> None:
        with telling(self._tell_choice, "the run cannot be looked at"):
            if not self.view.tells_error:
                self.findings.show(diagnose(self.plan))
            self._code.show(self.plan, self._edited.name)
        self._link_error.tell("")
        self.link.text = ""
        with telling(self._link_error.tell, "there is no link"):
            self.link.text = with_run(self._scene.to_query(), self._run_link)

    def _show_edited(self) -> None:
        self._list.show(self._names(), self._scene.edited)
        # First, since a change of the axis reads it.
        self._form.show(self._edited.schedule)
        self._axis.value = self._scene.axis
        self.refresh()

    def _listed(self, what: str, value: Any) -> None:
        with telling(self._tell_choice, "the list cannot be changed"):
            scene = self._scene
            if what == "edit":
                self._scene = replace(scene, edited=value)
            elif what == "rename":
                self._put(self._edited.schedule, value)
            elif what == "add":
                named = (*scene.schedules, self._edited)
                self._scene = replace(scene, schedules=named, edited=len(named) - 1)
            else:
                left = tuple(
                    one for place, one in enumerate(scene.schedules) if place != scene.edited
                )
                self._scene = replace(scene, schedules=left, edited=max(scene.edited - 1, 0))
            self._plans.clear()
            self._show_edited()
            return
        self._list.show(self._names(), self._scene.edited)

    def _start_from(self, preset: Preset) -> None:
        self._put(preset.make(self._scene.steps, self._scene.steps_per_epoch))
        self._show_edited()

    def _current(self) -> tuple[str, PruningSchedule | None, int]:
        return self._edited.name, self._form.schedule(), self._scene.steps

    def mend(self, mend: Mend) -> None:
        """Changes what a finding's mend changes."""
        with telling(self._tell_choice, "this cannot be changed"):
            if mend.schedule is not None:
                self._put(mend.schedule)
                self._show_edited()
            if mend.epochs is not None:
                self._show_on(replace(self._scene, epochs=mend.epochs))

    def _show_on(self, scene: Scene) -> None:
        """Shows a scene on its run, or on what the page has of that; schedules stay as they are."""
        for callback in self._run_wanted:
            callback(scene)
        run = self._scene
        self.show(replace(scene, samples=run.samples, batch_size=run.batch_size, epochs=run.epochs))

    def _opened(self, query: str) -> None:
        with telling(self._tell_choice, "the link cannot be opened"):
            # First: schedules are read on the steps of the run.
            linked = read_run(query)
            for callback in self._run_linked:
                callback(linked)
            scene = Scene.from_query(query, self._scene)
            if scene is not None:
                self._show_on(scene)

    def _axis_changed(self, change: Any) -> None:
        self._scene = replace(self._scene, axis=change["new"])
        self.refresh()

    def _point_dragged(self, point: int, x: float, y: float) -> None:
        with telling(self._tell_choice, "the point cannot be moved"):
            step = x if self._scene.axis == "step" else x * self._scene.steps_per_epoch
            self._put(moved(self._edited.schedule, point, step, y))
            self._form.show(self._edited.schedule)
            self.refresh()
