"""`CopyButton`: copies a text to the clipboard of whoever looks at the page."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

__all__ = ["CopyButton"]


class CopyButton(anywidget.AnyWidget):
    """A button that copies a text.

    Attributes:
        label: What the button says.
        hint: What it says where the pointer rests on it.
        text: What it copies; with nothing to copy it cannot be clicked.
        is_link: Whether the text is the query of a link to the page, which is copied as a whole.
        names: Names of parameters by which an address is known to be such a link.
    """

    _esm = Path(__file__).with_name("copy_button.js")

    label = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    is_link = traitlets.Bool(False).tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
