"""What every request is checked for, whoever answers it, and its refusal: one line of text."""

from __future__ import annotations

import ipaddress
import logging
from functools import cache
from http.client import responses
from typing import Any
from urllib.parse import urlsplit

from tornado.web import HTTPError

__all__ = ["OneLineLog", "RequestChecks", "is_loopback", "with_request_checks"]

_TEXTS = {
    403: "This is not allowed.",
    404: "There is no such page.",
    500: "The dashboard failed: its terminal says why.",
}


class RequestChecks:
    """A handler's first base: checks a request's host and origin, and answers a refusal."""

    def prepare(self: Any) -> Any:
        """Refuses a request that names a host which this server is not known by."""
        if not self.check_host():
            raise HTTPError(403, self._unknown_host())
        return super().prepare()  # type: ignore[misc]

    def check_host(self: Any) -> bool:
        """Whether the request names this machine, or a host of `--allow-host`.

        A foreign page could have its own name resolve to this machine. Where the server listens
        to other machines and no name was given, any will do.
        """
        names = self.settings["allowed_hosts"]
        if not names and self.settings["allow_remote_access"]:
            return True
        host = _name(self.request.host)
        return is_loopback(host) or host in {_name(one) for one in names}

    def check_origin(self: Any, origin: str | None = None) -> bool:
        """Whether the request is a page's own, or of a program: a foreign page's is not.

        A proxy may put its own name for this server in place of the one that the browser sees. The
        browser says itself what is of the same origin, to addresses that it trusts; and a page
        cannot set ``X-Forwarded-Host`` for another origin.
        """
        headers = self.request.headers
        origin = origin or headers.get("Origin")
        if origin is None or headers.get("Sec-Fetch-Site") == "same-origin":
            return True
        known = {headers.get("Host"), headers.get("X-Forwarded-Host")}
        return urlsplit(origin.lower()).netloc in {
            one.lower() for one in (*known, *self.settings["allowed_hosts"]) if one
        }

    def write_error(self: Any, status_code: int, **kwargs: Any) -> None:
        """Answers with one line of text."""
        text = _TEXTS.get(status_code) or responses.get(status_code, "This failed.") + "."
        error: BaseException | None = (kwargs.get("exc_info") or (None, None))[1]
        if isinstance(error, HTTPError) and error.log_message:
            text = error.get_message() or text
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code}: {text}\n")

    def log_exception(self: Any, kind: Any, error: Any, trace: Any) -> None:
        """Logs what failed; a refusal has its line in the log of requests already."""
        if not isinstance(error, HTTPError):
            self.log.error("%s: %s: %s", self._request_summary(), type(error).__name__, error)
            self.log.debug("its traceback", exc_info=(kind, error, trace))

    def _unknown_host(self: Any) -> str:
        host = _name(self.request.host)[:80]
        return f"host {host!r} is not known here: prunelab dashboard --allow-host {host} lets it in"


@cache
def with_request_checks(handler: type) -> type:
    """One of Voila's or Jupyter's handlers, with `RequestChecks` before its own rules."""
    return (
        handler
        if issubclass(handler, RequestChecks)
        else type(handler.__name__, (RequestChecks, handler), {})
    )


class OneLineLog(logging.Filter):
    """Takes the tracebacks out of a log: of what strangers send, a line is enough."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Puts the error itself behind the text, in place of its traceback."""
        error = record.exc_info[1] if record.exc_info else None
        first = record.getMessage().partition("\n")[0]
        record.msg = f"{first}: {type(error).__name__}: {error}" if error else first
        record.args, record.exc_info, record.exc_text = (), None, None
        return True


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own, to itself alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _name(host: str) -> str:
    """A host without its port, as names are compared."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:  # brackets without an address in them
        return ""
