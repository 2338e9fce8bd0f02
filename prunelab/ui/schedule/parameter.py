"""`Parameter`: one value with a slider for common values and a field for every other value."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import traitlets

from prunelab.schedules.catalog import Field
from prunelab.ui.common.words import TextLine
from prunelab.ui.schedule.draft import Entry

__all__ = ["Parameter"]


class Parameter(widgets.VBox):
    """A label, a slider and a field in one row, and below it what is wrong with what was typed.

    Args:
        definition: What the parameter may be.
        entry: What is filled in at first.
        steps: Steps of the run, which a share such as `"20%"` is of.

    Attributes:
        entry: What is filled in: the widgets show it, and a user who moves or types writes it.
        steps: Steps of the run.
        error: What is shown to be wrong; nothing where all is well.
        slider: Chooses a common value by dragging; None for text.
        field: Takes any value, and `20%` for a step.
    """

    entry = traitlets.Instance(Entry)
    steps = traitlets.Int()
    error = traitlets.Unicode()

    def __init__(self, definition: Field, entry: Entry, steps: int) -> None:
        self._definition = definition
        self.slider = _slider(definition)
        # The label of a slider stands before it; that of a lone field, before the field.
        self.field = widgets.Text(continuous_update=False)
        self._error = TextLine(error=True)
        name = definition.name.replace("_", " ")
        row: list[widgets.Widget] = [self.field]
        if self.slider is None:
            self.field.description = name
        else:
            self.slider.description = name
            self.field.description = f"{name}, exact value"
            row.insert(0, self.slider)
        for control in row:
            control.tooltip = definition.description
        line = widgets.HBox(row)
        line.add_class("prunelab-parameter" if self.slider is not None else "prunelab-text")
        super().__init__([line, self._error], entry=entry, steps=steps)
        self.add_class("prunelab-entry")
        self._show()
        if self.slider is not None:
            self.slider.observe(self._drag, "value")
        self.field.observe(self._type, "value")
        self.observe(self._show, ["entry", "steps"])
        traitlets.dlink((self, "error"), (self._error, "text"))

    def show(self, entry: Entry, steps: int, error: str) -> None:
        """Shows another entry on a run, and what is wrong with it."""
        with self.hold_trait_notifications():
            self.entry, self.steps, self.error = entry, steps, error

    def _drag(self, change: Any) -> None:
        if change["new"] != self._position:
            self.entry = self.entry.after_sliding(change["new"])

    def _type(self, change: Any) -> None:
        if change["new"] != self.entry.text:
            self.entry = self.entry.after_typing(change["new"], self._definition, self.steps)
            self._show()

    @property
    def _end(self) -> float:
        """The most that the slider offers."""
        definition = self._definition
        return (
            definition.high if definition.high is not None else max(self.steps, definition.low + 1)
        )

    @property
    def _position(self) -> float:
        """Where the slider stands: at the value, or at the end that is next to it."""
        value = self._definition.read(self.entry.value, self.steps)
        return float(min(max(value, self._definition.low), self._end))

    def _show(self, _: Any = None) -> None:
        if self.slider is not None:
            # An end that passed the value on its way would move it.
            self.slider.max = max(self.slider.max, self._end)
            self.slider.value = self._position
            self.slider.max = self._end
        self.field.value = self.entry.text


def _slider(definition: Field) -> widgets.Widget | None:
    if definition.value_type == "text":
        return None
    if definition.value_type in ("step", "whole"):
        return widgets.IntSlider(
            min=int(definition.low), max=int(definition.low) + 1, readout=False
        )
    return widgets.FloatSlider(
        min=definition.low, max=definition.low + 1, step=definition.slider_step, readout=False
    )
