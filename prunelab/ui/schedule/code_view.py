"""`CodeView`: the code of a plan, to copy."""

from __future__ import annotations

from html import escape

import ipywidgets as widgets

from prunelab.errors import UsageError
from prunelab.explorer.codegen import config_json, prunelab_code, tfmot_code
from prunelab.plan import Plan
from prunelab.ui.common.copy_button import CopyButton

__all__ = ["CodeView"]

_FORMS = ("prunelab", "tfmot", "JSON")


class CodeView(widgets.VBox):
    """Shows the same schedule as Python for prunelab, as Python for tfmot, and as its config."""

    def __init__(self) -> None:
        self._plan: tuple[Plan, str] | None = None
        self.form = widgets.ToggleButtons(options=_FORMS, tooltips=[f"as {one}" for one in _FORMS])
        self._copy = CopyButton(label="copy code", about="Copy what is shown below")
        self._code = widgets.HTML()
        head = widgets.HBox([self.form, self._copy])
        head.add_class("prunelab-row")
        super().__init__([head, self._code])
        self.add_class("prunelab-takeaway")
        self.form.observe(lambda _: self._render(), "value")

    def show(self, plan: Plan, name: str) -> None:
        """Shows another plan."""
        self._plan = (plan, name)
        self._render()

    def _render(self) -> None:
        if self._plan is None:
            return
        plan, name = self._plan
        try:
            code = self._written(plan, name)
        except UsageError as error:
            self._copy.text = ""
            self._code.value = f'<span role="status">{escape(str(error))}</span>'
            return
        self._copy.text = code
        # A region that scrolls is to be reached by keyboard, too.
        self._code.value = f'<pre tabindex="0" aria-label="code">{escape(code)}</pre>'

    def _written(self, plan: Plan, name: str) -> str:
        if self.form.value == "tfmot":
            return tfmot_code(plan.schedule)
        if self.form.value == "JSON":
            return config_json(plan.schedule)
        return prunelab_code(plan, name)
