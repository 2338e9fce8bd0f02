"""`WholeField`: a field for a whole number, which takes nothing else for one."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import traitlets

from prunelab.errors import UsageError
from prunelab.ui.common.whole_number import read_whole, whole_of
from prunelab.ui.common.words import TOOLTIPS, TextLine

__all__ = ["WholeField"]


class WholeField(widgets.VBox):
    """A label and a field in one row, and below it what is wrong with what was typed.

    The browser's own field for numbers drops what it does not know: of `1.5` it makes 15. Here
    the text comes as it was typed, and the last good number stays until another one is.

    Args:
        name: The parameter's own name.
        value: Its first value.
        tooltip: What it says where the pointer rests on it; by default the tooltip of that name.
        label: What stands before the field; by default the name.

    Attributes:
        value: The last good number.
        wrong: What is wrong with what was typed last; nothing where that is the value.
        field: Takes the text.
    """

    value = traitlets.Int()
    wrong = traitlets.Unicode()

    def __init__(self, name: str, value: int, tooltip: str = "", label: str = "") -> None:
        self._name = name
        self._default = value
        self.field = widgets.Text(
            description=label or name.replace("_", " "),
            tooltip=tooltip or TOOLTIPS[name],
            continuous_update=False,
        )
        self.field.add_class("prunelab-whole")
        self._error = TextLine(error=True)
        row = widgets.HBox([self.field])
        row.add_class("prunelab-text")
        super().__init__([row, self._error], value=whole_of(value, name, value))
        self.add_class("prunelab-entry")
        self._show()
        self.field.observe(self._typed, "value")
        self.observe(self._show, "value")
        traitlets.dlink((self, "wrong"), (self._error, "text"))

    def good(self) -> int:
        """The value.

        Raises:
            UsageError: where what was typed last is none.
        """
        if self.wrong:
            raise UsageError(self.wrong)
        return int(self.value)

    def set_number(self, value: int) -> None:
        """Takes a number in place of whatever was typed."""
        self.value = value
        self._show()

    @traitlets.validate("value")
    def _checked(self, proposal: Any) -> int:
        return whole_of(proposal["value"], self._name, self._default)

    def _typed(self, change: Any) -> None:
        try:
            value = read_whole(change["new"], self._name, self._default)
        except UsageError as error:
            self.wrong = str(error)
        else:
            self.set_number(value)

    def _show(self, _: Any = None) -> None:
        """Shows the value, whatever was typed."""
        self.field.value = str(self.value)
        self.wrong = ""
