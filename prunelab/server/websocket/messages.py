"""What a page may send to its kernel, read from the bytes of a websocket and checked whole.

The kernel can read whatever passes. The two formats are Jupyter's:
https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from prunelab.errors import PrunelabError

__all__ = ["V1", "BadMessage", "read_message"]

V1 = "v1.kernel.websocket.jupyter.org"
"""The subprotocol of today's front ends: eight-byte offsets, then the channel and the parts."""

_CHANNELS = ("shell", "control")
_PARTS = ("header", "parent_header", "metadata", "content")
_MAX_BUFFERS = 1_000
_CONTROL_COMM = "jupyter.widget.control"
_COMM_TEXTS = {
    "comm_open": ("comm_id", "target_name"),
    "comm_msg": ("comm_id",),
    "comm_close": ("comm_id",),
}


class BadMessage(PrunelabError, ValueError):
    """No message of a page. The text is the reason."""


def read_message(message: str | bytes, subprotocol: str | None) -> tuple[str, list[bytes]]:
    """Reads one message of a websocket.

    Args:
        message: Bytes, or text in the older format.
        subprotocol: The agreed one: `V1`, or None for the older format.

    Returns:
        The kernel's channel and what is sent on it: four parts of JSON, then any buffers.

    Raises:
        BadMessage: If it is malformed, or asks for what no page asks for.
    """
    if subprotocol == V1:
        channel, parts = _read_v1(message)
    elif isinstance(message, bytes):
        channel, parts = _read_old(*_read_old_buffers(message))
    else:
        channel, parts = _read_old(_json(message), [])
    if channel not in _CHANNELS:
        raise BadMessage(f"channel {channel!r:.40} is not one of {', '.join(_CHANNELS)}")
    header, _, metadata, content = (
        _mapping(name, part) for name, part in zip(_PARTS, parts, strict=False)
    )
    _check_header(header)
    _check_comm(header["msg_type"], metadata, content)
    return channel, parts


def _read_v1(message: str | bytes) -> tuple[str, list[bytes]]:
    if isinstance(message, str):
        raise BadMessage("text came where bytes were agreed on")
    count = int.from_bytes(message[:8], "little")
    # The channel, the parts and the end have an offset each.
    if not len(_PARTS) + 2 <= count <= len(_PARTS) + 2 + _MAX_BUFFERS:
        raise BadMessage(f"{count} offsets are not those of a message")
    if len(message) < 8 * (count + 1):
        raise BadMessage("the message ends within its offsets")
    offsets = struct.unpack(f"<{count}Q", message[8 : 8 * (count + 1)])
    channel, *parts = _slices(message, offsets)
    return channel.decode("utf-8", "replace"), parts


def _read_old_buffers(message: bytes) -> tuple[Any, list[bytes]]:
    """Four-byte offsets in network order, of the JSON and of each buffer up to the next."""
    count = int.from_bytes(message[:4], "big")
    if not 1 <= count <= 1 + _MAX_BUFFERS:
        raise BadMessage(f"{count} offsets are not those of a message")
    if len(message) < 4 * (count + 1):
        raise BadMessage("the message ends within its offsets")
    offsets = struct.unpack(f"!{count}I", message[4 : 4 * (count + 1)])
    text, *buffers = _slices(message, (*offsets, len(message)))
    return _json(text), buffers


def _read_old(message: Any, buffers: list[bytes]) -> tuple[str, list[bytes]]:
    if not isinstance(message, dict):
        raise BadMessage("the message is not a JSON object")
    missing = [name for name in _PARTS if not isinstance(message.get(name), dict)]
    if missing:
        raise BadMessage(f"the message has no {missing[0]}")
    parts = [json.dumps(message[name]).encode() for name in _PARTS]
    return message.get("channel") or "shell", parts + buffers


def _slices(message: bytes, offsets: Sequence[int]) -> list[bytes]:
    if list(offsets) != sorted(offsets) or offsets[-1] > len(message):
        raise BadMessage("the message's offsets lie outside of it")
    return [message[a:b] for a, b in pairwise(offsets)]


def _json(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # undecodable bytes are a ValueError too
        raise BadMessage("the message is not JSON") from error


def _mapping(name: str, part: bytes) -> dict[str, Any]:
    found = _json(part)
    if not isinstance(found, dict):
        raise BadMessage(f"the message's {name} is not a JSON object")
    return found


def _check_header(header: Mapping[str, Any]) -> None:
    for name in ("msg_id", "msg_type"):
        if not isinstance(header.get(name), str):
            raise BadMessage(f"the message's header has no {name}")
    for name in ("username", "session", "version", "date"):
        if not isinstance(header.get(name, ""), str):
            raise BadMessage(f"the message's {name} is not text")
    if header.get("subshell_id") is not None:
        raise BadMessage("the kernel has no subshell of that name")


def _check_comm(kind: str, metadata: Mapping[str, Any], content: Mapping[str, Any]) -> None:
    """Checks what a widget's message holds: the kernel takes it for granted."""
    for name in _COMM_TEXTS.get(kind, ()):
        if not isinstance(content.get(name), str):
            raise BadMessage(f"the {kind} has no {name}")
    if kind in _COMM_TEXTS and not isinstance(content.get("data", {}), dict):
        raise BadMessage(f"the {kind} has data that is not a JSON object")
    if kind == "comm_msg" and "data" not in content:
        raise BadMessage("the comm_msg has no data")
    if kind == "comm_open":
        # A page shows the widgets that its kernel made; it makes none of its own.
        if content["target_name"] != _CONTROL_COMM:
            raise BadMessage(f"target {content['target_name']!r:.40} cannot be opened")
        if not isinstance(metadata.get("version"), str):
            raise BadMessage("the comm_open has no version")
