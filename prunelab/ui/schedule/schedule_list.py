"""`ScheduleList`: the schedules that are shown side by side, and which of them is edited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from prunelab.explorer.scene import MOST_SCHEDULES

__all__ = ["ScheduleList"]


class ScheduleList(widgets.VBox):
    """Names of schedules: one is edited, it can be renamed, and there may be more or fewer.

    Args:
        changed: Called with what the user wants: `("edit", place)`, `("rename", name)`, `("add",
            None)` or `("remove", None)`; the last three are of the one that is edited.
    """

    def __init__(self, changed: Callable[[str, Any], None]) -> None:
        self._changed = changed
        self._quiet = False
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
        self.edited.observe(lambda change: self._tell("edit", change["new"]), "value")
        self.name.observe(lambda change: self._tell("rename", change["new"]), "value")
        self.add.on_click(lambda _: self._tell("add", None))
        self.remove.on_click(lambda _: self._tell("remove", None))

    def show(self, names: Sequence[str], edited: int) -> None:
        """Shows other names, without calling back."""
        self._quiet = True
        try:
            options = [(name, place) for place, name in enumerate(names)]
            if list(self.edited.options) != options:
                self.edited.options = options
            self.edited.value = edited
            self.name.value = names[edited]
            self.edited.layout.display = None if len(names) > 1 else "none"
            self.remove.disabled = len(names) == 1
            self.add.disabled = len(names) >= MOST_SCHEDULES
        finally:
            self._quiet = False

    def _tell(self, what: str, value: Any) -> None:
        if not self._quiet:
            self._changed(what, value)
