"""`Findings`: what the diagnostics find of a plan, and a button for each change that mends it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets
import traitlets

from prunelab.plan import Finding, Mend

__all__ = ["FindingLine", "Findings"]

_SIGNS = {"error": "✖", "warning": "⚠", "note": "ℹ"}  # noqa: RUF001
_FINE = '<span role="status" class="prunelab-fine">✔ Nothing to mend on this run.</span>'

_NONE = '<span role="status">Findings come with the next choice that fits.</span>'


class Findings(widgets.VBox):
    """Shows findings, one a line, with its mends as buttons below.

    Args:
        mend: Called with a mend that was clicked.

    Attributes:
        findings: What was found; None of a choice that does not fit: what was found is of another.
    """

    findings: Any = traitlets.Tuple(default_value=(), allow_none=True)

    def __init__(self, mend: Callable[[Mend], None]) -> None:
        self._mend = mend
        self._lines: list[FindingLine] = []
        self._fine = widgets.HTML(_FINE)
        self._none = widgets.HTML(_NONE)
        super().__init__([self._fine])
        self.add_class("prunelab-findings")
        self.observe(self._show, "findings")

    @property
    def says_fine(self) -> bool:
        """Whether the line shows that there is nothing to mend."""
        return bool(self.findings == ())

    @property
    def lines(self) -> list[FindingLine]:
        """A line for each finding."""
        return self._lines[: len(self.findings or ())]

    @property
    def buttons(self) -> list[widgets.Button]:
        """A button for each mend, in the order of the findings."""
        return [button for line in self.lines for button in line.buttons]

    def _show(self, _: Any) -> None:
        """Widgets that are there are used again."""
        if self.findings is None:
            self.children = [self._none]
            return
        while len(self._lines) < len(self.findings):
            self._lines.append(FindingLine(self._mend))
        for line, finding in zip(self.lines, self.findings, strict=True):
            line.finding = finding
        children: list[widgets.Widget] = [*self.lines]
        self.children = children or [self._fine]


class FindingLine(widgets.VBox):
    """One finding.

    Args:
        mend: Called with a mend that was clicked.

    Attributes:
        finding: What was found.
        text: The line about it.
    """

    finding = traitlets.Instance(Finding)

    def __init__(self, mend: Callable[[Mend], None]) -> None:
        self._mend = mend
        self.text = widgets.HTML()
        self._buttons: list[widgets.Button] = []
        self._row = widgets.HBox()
        self._row.add_class("prunelab-mends")
        super().__init__([self.text, self._row])
        self.observe(self._show, "finding")

    @property
    def buttons(self) -> list[widgets.Button]:
        """A button for each of its mends."""
        return self._buttons[: len(self.finding.mends)]

    def _show(self, _: Any) -> None:
        finding = self.finding
        sign, severity = _SIGNS[finding.severity], finding.severity
        self.text.value = (
            f'<span class="prunelab-{severity}-line"><b aria-hidden="true">{sign}</b> '
            f"<b>{severity}:</b> {escape(finding.text)}</span>"
        )
        while len(self._buttons) < len(finding.mends):
            button = widgets.Button(icon="wrench", tooltip="Change this, and nothing else")
            button.on_click(self._clicked)
            self._buttons.append(button)
        for button, mend in zip(self.buttons, finding.mends, strict=True):
            button.description = mend.label
        self._row.children = self.buttons

    def _clicked(self, button: Any) -> None:
        self._mend(self.finding.mends[self._buttons.index(button)])
