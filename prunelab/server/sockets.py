"""Where the server listens, and what a connection may cost it."""

from __future__ import annotations

import errno
import socket
from collections import deque
from typing import Any
from weakref import WeakSet

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.netutil import bind_sockets

from prunelab.errors import PrunelabError

__all__ = ["Connections", "PortInUse", "listen", "make_connections"]

_LAST_PORT = 65_535
_MAX_BODY = 2**16
"""Bytes of a request's body. The only request with one is a browser's beacon, of some bytes."""

_MAX_READ = 4 * 2**20
"""Bytes that are read ahead on a connection; more than the longest message of a websocket."""

_MAX_CONNECTIONS = 400
"""A browser opens some 6. With the pages' kernels this stays below the usual 1,024 open files."""

_SECONDS_SILENT = 90
_SECONDS_FOR_BODY = 10


class PortInUse(PrunelabError, OSError):
    """The port cannot be listened on. The text names it and the mend."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Takes a port, before anything else is done.

    Args:
        host: The address to listen on. Anything but this machine's own opens the dashboard to
            whoever can reach it, without a password.
        port: The port to listen on; 0 for any free one.

    Raises:
        PortInUse: If the port is taken or may not be listened on.
        PrunelabError: If there is no such host.
    """
    mend = "choose another with --port, or --port 0 for any free one"
    if not 0 <= port <= _LAST_PORT:
        # The system would take the number modulo 65,536, and listen on another port.
        raise PortInUse(f"port {port} does not exist, they go from 0 to {_LAST_PORT}: {mend}")
    try:
        return bind_sockets(port, address=host)
    except (socket.gaierror, UnicodeError) as error:
        raise PrunelabError(f"host {host!r} is unknown: use an address of this machine") from error
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise PrunelabError(f"host {host!r} is no address of this machine") from error
        problem = "is not allowed" if error.errno == errno.EACCES else "is in use"
        raise PortInUse(f"port {port} {problem}: {mend}") from error


def make_connections(app: Any) -> Connections:
    """The HTTP server of an application, with limits to what a connection may cost."""
    return Connections(
        app,
        max_buffer_size=_MAX_READ,
        max_body_size=_MAX_BODY,
        idle_connection_timeout=_SECONDS_SILENT,
        body_timeout=_SECONDS_FOR_BODY,
    )


class Connections(HTTPServer):
    """A server that is never full: the oldest connection without a page makes room for a new one.

    Thousands of silent connections are closed before they keep anybody out.
    """

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        """Tornado's own place for what other classes do in ``__init__``."""
        super().initialize(*args, **kwargs)
        self._streams: deque[IOStream] = deque()
        self._pages: WeakSet[IOStream] = WeakSet()

    def mark_page(self, stream: IOStream) -> None:
        """Marks a connection as a page's websocket: it is never closed to make room."""
        self._pages.add(stream)

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        """Accepts a connection, and closes the oldest where there are too many."""
        if len(self._streams) >= _MAX_CONNECTIONS:
            self._streams = deque(one for one in self._streams if not one.closed())
        if len(self._streams) >= _MAX_CONNECTIONS:
            oldest = next((one for one in self._streams if one not in self._pages), stream)
            oldest.close()
        self._streams.append(stream)
        super().handle_stream(stream, address)
