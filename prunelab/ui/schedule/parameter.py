"""`Parameter`: one value with a slider for what is usual and a field for every other value."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import traitlets

from prunelab.errors import UsageError
from prunelab.schedules.catalog import Field
from prunelab.ui.common.words import TextLine

__all__ = ["Parameter", "written"]

# Browsers count a slider's steps in binary: 0.875 comes as 0.8749999.
_DECIMALS = 6


class Parameter(widgets.VBox):
    """A label, a slider and a field in one row, and below it what is wrong with what was typed.

    Args:
        field: What is asked for.
        value: Its first value.
        steps: Steps of the run, which a share such as `"20%"` is of.

    Attributes:
        value: The last good value: a number, a share of the run as text, or text.
        wrong: What is wrong with what was typed last; nothing where that is the value.
        slider: Chooses a usual value by dragging; None for text.
        field: Takes any value, and `20%` for a step.
    """

    value = traitlets.Any()
    wrong = traitlets.Unicode()

    def __init__(self, field: Field, value: Any, steps: int) -> None:
        self._asked = field
        self._steps = steps
        self._quiet = False
        self.slider = _slider(field, steps)
        # The label of a slider stands before it; that of a lone field, before the field.
        self.field = widgets.Text(continuous_update=False)
        self._error = TextLine(error=True)
        name = field.name.replace("_", " ")
        row: list[widgets.Widget] = [self.field]
        if self.slider is None:
            self.field.description = name
        else:
            self.slider.description = name
            self.field.description = f"{name}, exact value"
            row.insert(0, self.slider)
        for control in row:
            control.tooltip = field.about
        line = widgets.HBox(row)
        line.add_class("prunelab-parameter" if self.slider is not None else "prunelab-text")
        super().__init__([line, self._error], value=value)
        self.add_class("prunelab-asked")
        self._show()
        if self.slider is not None:
            self.slider.observe(self._dragged, "value")
        self.field.observe(self._typed, "value")
        self.observe(self._changed, "value")

    @property
    def name(self) -> str:
        """The parameter's own name."""
        return self._asked.name

    @property
    def resolved(self) -> Any:
        """The value as the schedule takes it: a share of the run is a step.

        Raises:
            UsageError: for a text that does not fit a run of this length.
        """
        return self._asked.read(self.value, self._steps)

    def tell(self, error: str) -> None:
        """Says beside the field what is wrong with it; nothing where all is well."""
        self._error.tell(error)

    @property
    def tells(self) -> bool:
        """Whether something is told to be wrong with it."""
        return bool(self._error.value)

    def redraw(self) -> None:
        """Shows the value, whatever was typed."""
        self.tell("")
        self._show()

    def set_steps(self, steps: int) -> None:
        """The run is of another length: the slider reaches to its end, the value stays."""
        self._steps = steps
        if self.slider is not None and self._asked.high is None:
            self._quiet = True
            # An end never may pass the other on the way.
            self.slider.max = max(self.slider.max, steps)
            self.slider.max = max(steps, self.slider.min + 1)
            self._quiet = False
        self._show()

    def _dragged(self, change: Any) -> None:
        if not self._quiet:
            self.value = round(change["new"], _DECIMALS)

    def _typed(self, change: Any) -> None:
        if self._quiet:
            return
        try:
            value = self._read(change["new"].strip())
        except UsageError as error:
            self.wrong = str(error)
            self.tell(self.wrong)
        else:
            self.wrong = ""
            if value == self.value:
                self.redraw()
            self.value = value

    def _read(self, typed: str) -> Any:
        """The value of what was typed; the text itself where it means another one on other runs."""
        value = self._asked.read(typed, self._steps)
        share = self._asked.form == "step" and "%" in typed
        return typed if share or self._asked.form == "text" else value

    def _changed(self, _: Any) -> None:
        self.wrong = ""
        self.redraw()

    def _show(self) -> None:
        """The slider clips the value to its ends; that is no choice of the user's."""
        self._quiet = True
        try:
            if self.slider is not None:
                self.slider.value = min(max(self.resolved, self.slider.min), self.slider.max)
            self.field.value = written(self.value)
        finally:
            self._quiet = False


def written(value: Any) -> str:
    """A value as it is shown: of a number ten digits, more than any slider tells apart."""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _slider(field: Field, steps: int) -> widgets.Widget | None:
    if field.form == "text":
        return None
    high = field.high if field.high is not None else max(steps, field.low + 1)
    if field.form in ("step", "whole"):
        return widgets.IntSlider(min=int(field.low), max=int(high), readout=False)
    return widgets.FloatSlider(min=field.low, max=high, step=field.by, readout=False)
