"""`ScheduleList`: the schedules that are shown side by side, and which of them is edited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from prunelab.explorer.scene import MOST_SCHEDULES
from prunelab.ui.common.options import show_options
from prunelab.ui.common.page_events import showing_errors
from prunelab.ui.schedule.state import ExplorerState

__all__ = ["ScheduleList"]


class ScheduleList(widgets.VBox):
    """Names of schedules: one is edited, it can be renamed, and there may be more or fewer.

    Args:
        state: What is shown and changed.

    Attributes:
        edited: Chooses, by its index, the schedule that is edited.
        name: The name of that one.
        add: Adds a copy of it.
        remove: Removes it.
    """

    def __init__(self, state: ExplorerState) -> None:
        self._state = state
        self.edited = widgets.ToggleButtons(tooltips=[])
        self.name = widgets.Text(
            description="name", continuous_update=False, tooltip="What this schedule is called"
        )
        self.add = widgets.Button(
            description="compare another",
            icon="plus",
            tooltip="Keep this schedule in the chart, and edit a copy of it",
        )
        self.remove = widgets.Button(
            description="remove", icon="trash", tooltip="Take this schedule out of the chart"
        )
        buttons = widgets.HBox([self.add, self.remove])
        buttons.add_class("prunelab-row")
        super().__init__([self.edited, self.name, buttons])
        self.add_class("prunelab-form")
        self._show()
        state.observe(self._show, "scene")
        self.edited.observe(self._edit, "value")
        self.name.observe(lambda change: self._change(lambda: state.rename(change["new"])), "value")
        self.add.on_click(lambda _: self._change(state.add))
        self.remove.on_click(lambda _: self._change(state.remove))

    def _edit(self, change: Any) -> None:
        if change["new"] is not None:
            self._change(lambda: self._state.edit(change["new"]))

    def _change(self, change: Callable[[], None]) -> None:
        with showing_errors(self._state.fail, "the list cannot be changed"):
            change()
        # What was refused, or taken in another way, is not what is shown.
        self._show()

    def _show(self, _: Any = None) -> None:
        scene = self._state.scene
        options = [(named.name, index) for index, named in enumerate(scene.schedules)]
        show_options(self.edited, options, scene.edited)
        self.name.value = scene.schedules[scene.edited].name
        self.edited.layout.display = None if len(options) > 1 else "none"
        self.remove.disabled = len(options) == 1
        self.add.disabled = len(options) >= MOST_SCHEDULES
