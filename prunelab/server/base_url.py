"""The path that the dashboard is served below."""

from __future__ import annotations

import re

from tornado.web import RequestHandler

from prunelab.errors import UsageError
from prunelab.server.request_checks import RequestChecks

__all__ = ["AddSlashHandler", "path_of"]

# Letters that no program on the way encodes or reads in another sense.
_PATH = re.compile(r"(/[A-Za-z0-9._~@-]+)*")


def path_of(base_url: str) -> str:
    """A base URL as the path it is, with a slash at both ends.

    Args:
        base_url: Such as `/user/me/prunelab`, with or without slashes at its ends.

    Raises:
        UsageError: for anything else, such as an address with a host.
    """
    path = "/" + base_url.strip("/") if base_url.strip("/") else ""
    if not _PATH.fullmatch(path) or "/.." in path:
        raise UsageError(
            f"base URL {base_url[:80]!r} is no path of plain letters: use /user/me/prunelab/, say"
        )
    return f"{path}/"


class AddSlashHandler(RequestChecks, RequestHandler):
    """Redirects a request for the path without its last slash to the page."""

    def get(self) -> None:
        """Redirects relative to the browser's address, which a proxy may have changed."""
        name = self.request.path.rpartition("/")[2]
        query = f"?{self.request.query}" if self.request.query else ""
        self.set_status(301)
        self.set_header("Location", f"{name}/{query}")
