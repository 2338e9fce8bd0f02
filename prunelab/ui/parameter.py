"""`Parameter`: a number with a slider for what is usual and a field for every other value."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import traitlets

__all__ = ["Parameter", "fraction", "whole"]

# Browsers count a slider's steps in binary: 0.875 comes as 0.8749999.
_DECIMALS = 6


class Parameter(widgets.HBox):
    """A label, a slider and a field in one row; the field takes what the slider does not reach.

    Args:
        slider: The slider; its value is the parameter's first.
        field: The field for an exact value.
        name: What the parameter is called.

    Attributes:
        value: The number. The slider shows it as near as it can.
        slider: Chooses a usual value by dragging.
        field: Shows the value, and takes any other. What breaks a rule is for others to tell.
    """

    value = traitlets.Any()

    def __init__(self, slider: widgets.Widget, field: widgets.Widget, name: str) -> None:
        self._quiet = False
        self.slider, self.field = slider, field
        slider.description = name
        # For screen readers: beside the slider's own it is not shown.
        field.description = f"{name}, exact value"
        super().__init__([slider, field], value=slider.value)
        self.add_class("prunelab-parameter")
        self._show(slider.value)
        slider.observe(self._dragged, "value")
        field.observe(self._typed, "value")
        self.observe(lambda change: self._show(change["new"]), "value")

    def set_tooltip(self, text: str) -> None:
        """Says what the parameter means where the pointer rests on it."""
        self.slider.tooltip = self.field.tooltip = text

    def set_range(self, low: float, high: float) -> None:
        """Moves the ends of the slider; the value stays, be it beyond them."""
        self._quiet = True
        # An end never may pass the other on the way.
        self.slider.max = max(self.slider.max, high)
        self.slider.min, self.slider.max = low, high
        self._quiet = False
        self._show(self.value)

    def _dragged(self, change: Any) -> None:
        if not self._quiet:
            self.value = round(change["new"], _DECIMALS)

    def _typed(self, change: Any) -> None:
        if not self._quiet:
            self.value = change["new"]

    def _show(self, value: float) -> None:
        """The slider clips the value to its ends; that is no choice of the user's."""
        self._quiet = True
        try:
            self.slider.value = value
            self.field.value = value
        finally:
            self._quiet = False


def fraction(name: str, value: float, low: float, high: float, step: float) -> Parameter:
    """A parameter that may be any number; the slider goes from `low` to `high`."""
    slider = widgets.FloatSlider(value=value, min=low, max=high, step=step, readout=False)
    return Parameter(slider, widgets.FloatText(value), name)


def whole(name: str, value: int, low: int, high: int) -> Parameter:
    """A parameter that is a whole number; the slider goes from `low` to `high`."""
    slider = widgets.IntSlider(value=value, min=low, max=max(high, low + 1), readout=False)
    return Parameter(slider, widgets.IntText(value), name)
