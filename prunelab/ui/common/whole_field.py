"""`WholeField`: a field for a whole number, which takes nothing else for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import traitlets

from prunelab.errors import UsageError
from prunelab.schedules.values.typed_numbers import whole_from
from prunelab.schedules.values.validation import seed_of, step_of
from prunelab.ui.common.words import TOOLTIPS, TextLine

__all__ = ["WholeField", "count_of"]


def count_of(value: Any, name: str, usual: int) -> int:
    """Returns a number of epochs, samples or steps as an `int`.

    Raises:
        UsageError: for what is no whole number from 1 on.
    """
    number = step_of(value, name)
    if number < 1:
        raise UsageError(f"{name}={number} must be at least 1: use {usual}, say")
    return number


class WholeField(widgets.VBox):
    """A label and a field in one row, and below it what is wrong with what was typed.

    The browser's own field for numbers drops what it does not know: of `1.5` it makes 15. Here
    the text comes as it was typed, and the last good number stays until another one is.

    Args:
        name: The parameter's own name.
        value: Its first value.
        about: What it says where the pointer rests on it; by default the tooltip of that name.
        label: What stands before the field; by default the name.

    Attributes:
        value: The last good number.
        wrong: What is wrong with what was typed last; nothing where that is the value.
        field: Takes the text.
    """

    value = traitlets.Int()
    wrong = traitlets.Unicode()

    def __init__(self, name: str, value: int, about: str = "", label: str = "") -> None:
        self._name = name
        self._usual = value
        self._quiet = False
        self._check: Callable[[Any], int] = (
            seed_of if name == "seed" else lambda number: count_of(number, name, self._usual)
        )
        self.field = widgets.Text(
            description=label or name.replace("_", " "),
            tooltip=about or TOOLTIPS[name],
            continuous_update=False,
        )
        self.field.add_class("prunelab-whole")
        self._error = TextLine(error=True)
        row = widgets.HBox([self.field])
        row.add_class("prunelab-text")
        super().__init__([row, self._error], value=self._check(value))
        self.add_class("prunelab-asked")
        self._show()
        self.field.observe(self._typed, "value")
        self.observe(self._changed, "value")

    def good(self) -> int:
        """The value.

        Raises:
            UsageError: where what was typed last is none.
        """
        if self.wrong:
            raise UsageError(self.wrong)
        return int(self.value)

    def put(self, value: int) -> None:
        """Takes a number in place of whatever was typed."""
        self.value = value
        self._show()

    @traitlets.validate("value")
    def _checked(self, proposal: Any) -> int:
        return self._check(proposal["value"])

    def _typed(self, change: Any) -> None:
        if self._quiet:
            return
        try:
            value = self._check(whole_from(change["new"], self._name, f"such as {self._usual}"))
        except UsageError as error:
            self._error.tell(str(error))
            self.wrong = str(error)
            return
        if value == self.value:
            self._show()
        self.value = value

    def _changed(self, _: Any) -> None:
        self._show()

    def _show(self) -> None:
        """Shows the value, whatever was typed."""
        self._quiet = True
        try:
            self.field.value = str(self.value)
        finally:
            self._quiet = False
        self._error.tell("")
        self.wrong = ""
