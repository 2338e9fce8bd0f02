"""`PresetMenu`: schedules to start from, and the user's own saved ones."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from prunelab.explorer.builtin_presets import PRESETS, Preset
from prunelab.explorer.user_presets import delete_preset, save_preset, saved_presets
from prunelab.ui.common.page_events import showing_errors
from prunelab.ui.common.words import TextLine
from prunelab.ui.schedule.state import ExplorerState

__all__ = ["PresetMenu"]

_CHOOSE = "choose a preset …"


class PresetMenu(widgets.VBox):
    """A menu of presets, and buttons to save what is chosen and to delete one's own.

    Args:
        state: Whose edited schedule is saved, and replaced by a preset.

    Attributes:
        menu: The presets, by name.
        save: Saves the edited schedule under its name.
        delete: Deletes the saved preset that was chosen last, or that of the schedule's name.
        description: What the preset does, or what was done last.
        error: What could not be done.
    """

    def __init__(self, state: ExplorerState) -> None:
        self._state = state
        self._own: dict[str, Preset] = {}
        self._last = ""
        self.menu = widgets.Dropdown(description="preset", tooltip="Schedules to start from")
        self.save = widgets.Button(
            description="save", icon="save", tooltip="Save this schedule under its name"
        )
        self.delete = widgets.Button(
            description="delete saved", icon="trash", tooltip="Delete the saved preset of this name"
        )
        self.description = TextLine()
        self.description.add_class("prunelab-description")
        self.error = TextLine(error=True)
        buttons = widgets.HBox([self.save, self.delete])
        buttons.add_class("prunelab-row")
        super().__init__([self.menu, buttons, self.description, self.error])
        self.add_class("prunelab-form")
        self._load()
        self.menu.observe(self._pick, "value")
        self.save.on_click(lambda _: self._save())
        self.delete.on_click(lambda _: self._delete())

    def _load(self) -> None:
        """Reads the saved ones anew: another page may have saved some."""
        with showing_errors(self.error.show, "the saved presets cannot be read"):
            self._own = saved_presets()
        own = [(f"{name} (saved)", name) for name in self._own]
        self.menu.options = [(_CHOOSE, ""), *((name, name) for name in PRESETS), *own]
        self.menu.value = ""
        self.delete.disabled = not self._own

    def _pick(self, change: Any) -> None:
        preset = PRESETS.get(change["new"]) or self._own.get(change["new"])
        if preset is None:
            return
        self._last = change["new"]
        self.error.show("")
        self.description.show(preset.description)
        with showing_errors(self.error.show, "the preset does not fit this run"):
            run = self._state.scene
            self._state.choose(preset.make(run.steps, run.steps_per_epoch))

    def _save(self) -> None:
        with showing_errors(self.error.show, "the preset cannot be saved"):
            name = self._state.edited.name
            schedule = self._state.draft.schedule()
            # What cannot be saved is refused by whoever saves.
            save_preset(name, schedule, self._state.scene.steps)  # type: ignore[arg-type]
            self.error.show("")
            self._load()
            self._last = name
            self.description.show(f"saved as {name!r}")

    def _delete(self) -> None:
        with showing_errors(self.error.show, "the preset cannot be deleted"):
            name = self._last if self._last in self._own else self._state.edited.name
            delete_preset(name)
            self.error.show("")
            self._load()
            self.description.show(f"deleted {name!r}")
