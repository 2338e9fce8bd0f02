"""`Takeaway`: the edited schedule as code, and a link to all that is shown."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets
import traitlets

from prunelab.errors import UsageError
from prunelab.explorer.codegen import config_json, prunelab_code, tfmot_code
from prunelab.explorer.run_url import with_run
from prunelab.plan import Plan
from prunelab.ui.common.copy_button import CopyButton
from prunelab.ui.common.page_events import showing_errors
from prunelab.ui.common.page_link import PageLink
from prunelab.ui.common.words import TextLine
from prunelab.ui.schedule.state import ExplorerState

__all__ = ["CodeView", "Takeaway"]

# How a plan is written, under the name that somebody gave to its schedule.
_WRITERS: dict[str, Callable[[Plan, str], str]] = {
    "prunelab": prunelab_code,
    "tfmot": lambda plan, _: tfmot_code(plan.schedule),
    "JSON": lambda plan, _: config_json(plan.schedule),
}


class CodeView(widgets.VBox):
    """Shows the same schedule as Python for prunelab, as Python for tfmot, and as its config.

    Attributes:
        plan: The schedule on its run; None until there is one.
        name: What it is called.
        form: Chooses how it is written.
        copy: Copies the code; its text is nothing where it cannot be written so.
        shown: The code, or why there is none, as it is shown.
    """

    plan = traitlets.Instance(Plan, allow_none=True)
    name = traitlets.Unicode()

    def __init__(self) -> None:
        self.form = widgets.ToggleButtons(
            options=list(_WRITERS), tooltips=[f"as {name}" for name in _WRITERS]
        )
        self.copy = CopyButton(label="copy code", hint="Copy what is shown below")
        self.shown = widgets.HTML()
        head = widgets.HBox([self.form, self.copy])
        head.add_class("prunelab-row")
        super().__init__([head, self.shown])
        self.add_class("prunelab-takeaway")
        self.form.observe(self._render, "value")
        self.observe(self._render, ["plan", "name"])

    def _render(self, _: Any) -> None:
        if self.plan is None:
            return
        try:
            code = _WRITERS[self.form.value](self.plan, self.name)
        except UsageError as error:
            self.copy.text = ""
            self.shown.value = f'<span role="status">{escape(str(error))}</span>'
            return
        self.copy.text = code
        # A region that scrolls is to be reached by keyboard, too.
        self.shown.value = f'<pre tabindex="0" aria-label="code">{escape(code)}</pre>'


class Takeaway(widgets.VBox):
    """A link, why there is none, and code.

    Args:
        state: Whose schedule and scene they are.

    Attributes:
        link: The link; it says when a page was opened by one.
        link_error: Why there is no link.
        code: The code of the edited schedule.
    """

    def __init__(self, state: ExplorerState) -> None:
        self._state = state
        self.link = PageLink()
        self.link_error = TextLine(error=True)
        self.code = CodeView()
        super().__init__([self.link, self.link_error, self.code])

    def update(self) -> None:
        """Brings code and link up to what is chosen."""
        with self.code.hold_trait_notifications():
            self.code.plan, self.code.name = self._state.plan, self._state.edited.name
        link, errors = "", [""]
        with showing_errors(errors.append, "there is no link"):
            link = with_run(self._state.scene.to_query(), self._state.linked)
        self.link.text, self.link_error.text = link, errors[-1]
