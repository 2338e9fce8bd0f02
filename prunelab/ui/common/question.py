"""`Question`: a line with a button for each answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from prunelab.ui.common.words import TextLine

__all__ = ["Answer", "Question"]

Answer = tuple[str, Callable[[], None]]
"""What a button says, and what is done where it is clicked."""


class Question(widgets.VBox):
    """Asks, and takes one answer: a second click on its way from the page does nothing.

    Attributes:
        line: The question; empty where nothing is asked.
    """

    def __init__(self) -> None:
        self.line = TextLine(error=True)
        self._row = widgets.HBox()
        self._row.add_class("prunelab-mends")
        super().__init__([self.line, self._row], layout={"display": "none"})
        self.add_class("prunelab-question")

    def ask(self, text: str, answers: Sequence[Answer]) -> None:
        """Asks in place of what was asked before."""
        self.line.show(text)
        self._row.children = [self._button(*answer) for answer in answers]
        self.layout.display = None

    def withdraw(self) -> None:
        """Asks nothing any more."""
        self.line.show("")
        self._row.children = []
        self.layout.display = "none"

    @property
    def buttons(self) -> tuple[widgets.Button, ...]:
        """A button for each answer."""
        return tuple(self._row.children)

    def _button(self, label: str, answer: Callable[[], None]) -> widgets.Button:
        button = widgets.Button(description=label)

        def clicked(_: object) -> None:
            if button in self._row.children:
                self.withdraw()
                answer()

        button.on_click(clicked)
        return button
