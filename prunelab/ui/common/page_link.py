"""`PageLink`: the address of the page, which holds what is chosen on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prunelab.explorer.run_url import WRITTEN_NAMES
from prunelab.ui.common.copy_button import CopyButton

__all__ = ["PageLink"]


class PageLink(CopyButton):
    """A button that copies a link to what is shown; a page that was opened by one says so.

    A page that is served for the widgets alone keeps its own address in step, so that a reload
    brings back what was chosen. In JupyterLab the address belongs to JupyterLab.

    Attributes:
        text: The query of the link, without its "?"; nothing where there is no link.
    """

    def __init__(self) -> None:
        super().__init__(
            label="copy link",
            hint="Copy a link that opens this very view",
            is_link=True,
            names=["schedule", *WRITTEN_NAMES],
        )
        self._opened: list[Callable[[str], None]] = []
        self.on_msg(self._receive)

    def on_opened(self, callback: Callable[[str], None]) -> None:
        """Calls back with the query that a page was opened with, once a page."""
        self._opened.append(callback)

    def _receive(self, _: object, content: Any, __: object) -> None:
        """Hears from the page. Whoever can open the page can send anything: unknown is ignored."""
        match content:
            case {"type": "opened", "search": str(search)}:
                for callback in self._opened:
                    callback(search)
