"""Options of a menu or of a row of buttons, replaced without choosing another one on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

__all__ = ["show_options"]


def show_options(
    choice: widgets.Dropdown | widgets.ToggleButtons, options: Sequence[Any], index: int | None
) -> None:
    """Offers options, of which one is chosen; the page hears of it in one message.

    Of new options a widget chooses the first by itself, unless nothing was chosen before: so
    observers see None, and then the one that is meant.

    Args:
        choice: Where the user chooses.
        options: Texts, or pairs of a text and its value.
        index: The index of the one that is chosen.
    """
    if list(choice.options) == list(options):
        choice.index = index
        return
    with choice.hold_sync():
        choice.index = None
        choice.options = options
        choice.index = index
