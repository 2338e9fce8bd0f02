"""The style sheet that all widgets of prunelab share, carried by the outermost one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import ipywidgets as widgets

__all__ = ["Styled", "card"]

_SHEET = Path(__file__).with_name("style.css").read_text(encoding="utf-8")


class Styled(widgets.VBox):
    """A column, as wide as its place, that brings the style sheet with it.

    Args:
        children: What it holds.
    """

    def __init__(self, children: Sequence[widgets.Widget]) -> None:
        sheet = widgets.HTML(f"<style>{_SHEET}</style>", layout={"display": "none"})
        super().__init__([sheet, *children])
        self.add_class("prunelab")


def card(*children: widgets.Widget) -> widgets.VBox:
    """Widgets that belong together, in a frame."""
    box = widgets.VBox(children)
    box.add_class("prunelab-card")
    return box
