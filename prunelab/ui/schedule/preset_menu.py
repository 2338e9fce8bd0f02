"""`PresetMenu`: schedules to start from, and the user's own saved ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from prunelab.explorer.builtin_presets import PRESETS, Preset
from prunelab.explorer.user_presets import delete_preset, save_preset, saved_presets
from prunelab.schedules import PruningSchedule
from prunelab.ui.common.page_events import telling
from prunelab.ui.common.words import TextLine

__all__ = ["PresetMenu"]

_CHOOSE = "choose a preset …"


class PresetMenu(widgets.VBox):
    """A menu of presets, and buttons to save what is chosen and to delete one's own.

    Args:
        chosen: Called with a preset that was chosen.
        current: Gives the name and the schedule that would be saved, and the run's steps.
    """

    def __init__(
        self,
        chosen: Callable[[Preset], None],
        current: Callable[[], tuple[str, PruningSchedule | None, int]],
    ) -> None:
        self._chosen = chosen
        self._current = current
        self._own: dict[str, Preset] = {}
        self._quiet = False
        self._last = ""
        self.menu = widgets.Dropdown(description="preset", tooltip="Schedules to start from")
        self.save = widgets.Button(
            description="save", icon="save", tooltip="Save this schedule under its name"
        )
        self.delete = widgets.Button(
            description="delete saved", icon="trash", tooltip="Delete the saved preset of this name"
        )
        self._about = TextLine()
        self._about.add_class("prunelab-about")
        self._error = TextLine(error=True)
        buttons = widgets.HBox([self.save, self.delete])
        buttons.add_class("prunelab-row")
        super().__init__([self.menu, buttons, self._about, self._error])
        self.add_class("prunelab-form")
        self._load()
        self.menu.observe(self._pick, "value")
        self.save.on_click(lambda _: self._save())
        self.delete.on_click(lambda _: self._delete())

    def _load(self) -> None:
        """Reads the saved ones anew: another page may have saved some."""
        with telling(self._error.tell, "the saved presets cannot be read"):
            self._own = saved_presets()
        self._quiet = True
        try:
            own = [(f"{name} (saved)", name) for name in self._own]
            self.menu.options = [(_CHOOSE, ""), *((name, name) for name in PRESETS), *own]
            self.menu.value = ""
        finally:
            self._quiet = False
        self.delete.disabled = not self._own

    def _pick(self, change: Any) -> None:
        preset = PRESETS.get(change["new"]) or self._own.get(change["new"])
        if self._quiet or preset is None:
            return
        self._last = change["new"]
        self._error.tell("")
        self._about.tell(preset.about)
        with telling(self._error.tell, "the preset does not fit this run"):
            self._chosen(preset)

    def _save(self) -> None:
        with telling(self._error.tell, "the preset cannot be saved"):
            name, schedule, steps = self._current()
            # What cannot be saved is told by whoever saves.
            save_preset(name, schedule, steps)  # type: ignore[arg-type]
            self._error.tell("")
            self._load()
            self._last = name
            self._about.tell(f"saved as {name!r}")

    def _delete(self) -> None:
        with telling(self._error.tell, "the preset cannot be deleted"):
            name = self._last if self._last in self._own else self._current()[0]
            delete_preset(name)
            self._error.tell("")
            self._load()
            self._about.tell(f"deleted {name!r}")
