"""The websocket between a page and its kernel, bounded in size, pace and number."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from time import monotonic
from typing import Any, ClassVar

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from tornado.iostream import StreamBufferFullError
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError

from prunelab.server.request_checks import RequestChecks
from prunelab.server.websocket.messages import BadMessage, read_message

__all__ = ["MAX_MESSAGE", "ChannelsHandler", "Connection"]

MAX_MESSAGE = 2**20
"""Bytes of one message of a page. The longest that the dashboard's widgets send are some 10 KB."""

_MAX_UNREAD = 32 * 2**20
"""Bytes that wait for a page that does not read. A page's whole state is some 1 MB."""

_MAX_WEBSOCKETS = 4
"""Websockets to one kernel. A page has one; that of a lost connection may not be noticed yet."""

_INVALID = 1007
"""The close code of RFC 6455 for a message that makes no sense."""


class Connection(ZMQChannelsWebsocketConnection):
    """Passes checked messages on to the kernel, and all but the notebook's source to the page."""

    def handle_incoming_message(self, incoming_msg: str | bytes) -> None:
        """Sends a page's message to the kernel, if it is of a kind that pages send.

        Raises:
            BadMessage: If it is no valid message.
        """
        channel, parts = read_message(incoming_msg, self.subprotocol)
        kind = json.loads(parts[0])["msg_type"]
        if kind not in self.multi_kernel_manager.allowed_message_types:
            self.log.warning("a page may not send %.40r to its kernel", kind)
        elif stream := self.channels.get(channel):
            self.session.send_raw(stream, parts)

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Sends a kernel's message to the page, unless it holds the source of a cell."""
        _, parts = self.session.feed_identities(outgoing_msg)
        if self.session.unpack(parts[1])["msg_type"] != "execute_input":
            super().handle_outgoing_message(stream, outgoing_msg)

    async def writable(self) -> None:
        """Waits while the kernel is so far behind that messages to it queue up in here."""
        while any(not one.closed() and one.sending() for one in self.channels.values()):
            await asyncio.sleep(0.01)


class _Pace:
    """A token bucket: it fills steadily, and what is taken beyond it has to wait."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._at = burst, monotonic()

    def take(self, units: float) -> float:
        """Takes units; returns the seconds to wait for them."""
        now = monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate) - units
        self._at = now
        return max(0.0, -self._left / self._rate)


class ChannelsHandler(RequestChecks, KernelWebsocketHandler):
    """The websocket of a page, in both of Jupyter's message formats.

    Voila's own reads the older format as the newer one, which cost the server all its memory and
    time.
    """

    _sockets: ClassVar[Counter[str]] = Counter()

    async def get(self, kernel_id: str) -> None:
        """Opens the websocket, unless it is another request or the kernel has enough."""
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise HTTPError(400, "a kernel's channels are a websocket")
        if kernel_id not in self.kernel_manager:
            raise HTTPError(404, f"there is no kernel {kernel_id}")
        if not self.check_origin():
            raise HTTPError(403, "a page of another host asked for a kernel")
        if self._sockets[kernel_id] >= _MAX_WEBSOCKETS:
            raise HTTPError(429, f"kernel {kernel_id} has {_MAX_WEBSOCKETS} websockets already")
        self._messages, self._bytes = _Pace(rate=200, burst=1_000), _Pace(2**18, 4 * 2**20)
        self._kernel, self._refused = kernel_id, False
        self._sockets[kernel_id] += 1
        try:
            # Until the websocket is closed.
            await super().get(kernel_id=kernel_id)
        finally:
            self._sockets[kernel_id] -= 1
            if not self._sockets[kernel_id]:
                del self._sockets[kernel_id]

    async def open(self, kernel_id: str) -> None:
        """Connects page and kernel."""
        if self.ws_connection is not None:
            # Messages for a page that does not read stay in the server's memory.
            self.ws_connection.stream.max_write_buffer_size = _MAX_UNREAD
            self.settings["connections"].mark_page(self.ws_connection.stream)
        await super().open(kernel_id)

    async def on_message(self, ws_message: str | bytes) -> None:
        """Passes one message on; the next is read when this one is on its way."""
        if self._is_over:
            return
        await asyncio.sleep(max(self._messages.take(1), self._bytes.take(len(ws_message))))
        if self._is_over:
            return
        try:
            self.connection.handle_incoming_message(ws_message)
            await self.connection.writable()
        except BadMessage as bad:
            self.log.warning("closed the websocket of kernel %s: %s", self._kernel, bad)
            self._refused = True
            self.close(_INVALID, str(bad)[:120])

    @property
    def _is_over(self) -> bool:
        """Whether messages are dropped now: a client may go on sending once it was refused."""
        return self.connection is None or self._refused

    def write_message(self, message: Any, binary: bool = False) -> Any:
        """Sends to the page, and closes the websocket where the page has not read for too long."""
        try:
            return super().write_message(message, binary)
        except StreamBufferFullError:
            self.log.warning("closed the websocket of kernel %s: it is not read", self._kernel)
            if self.ws_connection is not None:
                self.ws_connection.stream.close()
        except WebSocketClosedError:
            pass  # the page has gone
        return None

    def on_close(self) -> None:
        """Disconnects page and kernel."""
        if self.connection is not None:
            super().on_close()
