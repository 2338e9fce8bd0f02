"""`Findings`: what the linter says of a plan, and a button for each change that mends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from prunelab.plan import Finding, Mend

__all__ = ["Findings"]

_SIGNS = {"error": "✖", "warning": "⚠", "note": "ℹ"}  # noqa: RUF001
_FINE = '<span role="status" class="prunelab-fine">✔ Nothing to mend on this run.</span>'

_NONE = '<span role="status">Findings come with the next choice that fits.</span>'


class Findings(widgets.VBox):
    """Shows findings, one a line, with its mends as buttons below.

    Args:
        mend: Called with a mend that was clicked.
    """

    def __init__(self, mend: Callable[[Mend], None]) -> None:
        self._mend = mend
        self._shown: list[Finding] | None = None
        self._lines: list[_Line] = []
        self._fine = widgets.HTML(_FINE)
        self._none = widgets.HTML(_NONE)
        super().__init__([self._fine])
        self.add_class("prunelab-findings")

    def show(self, findings: Sequence[Finding]) -> None:
        """Shows other findings; widgets that are there are used again."""
        if findings == self._shown:
            return
        self._shown = list(findings)
        while len(self._lines) < len(findings):
            self._lines.append(_Line(self._mend))
        for line, finding in zip(self._lines, findings, strict=False):
            line.show(finding)
        lines: list[widgets.Widget] = [*self._lines[: len(findings)]]
        self.children = lines or [self._fine]

    def hide(self) -> None:
        """Says nothing of a choice that does not fit: what was found was of another."""
        self._shown = None
        self.children = [self._none]


class _Line(widgets.VBox):
    def __init__(self, mend: Callable[[Mend], None]) -> None:
        self._mend = mend
        self._mends: tuple[Mend, ...] = ()
        self._text = widgets.HTML()
        self._buttons: list[widgets.Button] = []
        self._row = widgets.HBox()
        self._row.add_class("prunelab-mends")
        super().__init__([self._text, self._row])

    def show(self, finding: Finding) -> None:
        sign, severity = _SIGNS[finding.severity], finding.severity
        self._text.value = (
            f'<span class="prunelab-{severity}-line"><b aria-hidden="true">{sign}</b> '
            f"<b>{severity}:</b> {escape(finding.text)}</span>"
        )
        self._mends = finding.mends
        while len(self._buttons) < len(finding.mends):
            button = widgets.Button(icon="wrench", tooltip="Change this, and nothing else")
            button.on_click(self._clicked)
            self._buttons.append(button)
        for button, mend in zip(self._buttons, finding.mends, strict=False):
            button.description = mend.label
        self._row.children = self._buttons[: len(finding.mends)]

    def _clicked(self, button: Any) -> None:
        self._mend(self._mends[self._buttons.index(button)])
