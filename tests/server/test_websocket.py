"""What comes over a page's websocket cannot stop the server, nor the kernel of the page."""

from __future__ import annotations

import json
import os
import struct
import uuid

import pytest
import websocket
from real_dashboard import Dashboard

from prunelab.server.websocket.messages import V1

_CONTROL = "jupyter.widget.control"


def header(kind: str, **more: object) -> dict[str, object]:
    said = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "", "session": "x"}
    return {**said, "version": "5.3", "date": "2026-01-01T00:00:00Z", **more}


def new_format(*parts: object, channel: str = "shell") -> bytes:
    """A message as today's front ends send it: a part is JSON, or bytes that stay as they are."""
    texts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in parts]
    offsets = [8 * (len(texts) + 3)]
    for piece in (channel.encode(), *texts):
        offsets.append(offsets[-1] + len(piece))
    head = struct.pack(f"<{len(offsets) + 1}Q", len(offsets), *offsets)
    return head + channel.encode() + b"".join(texts)


def old_format(kind: str, content: object) -> str:
    parts = {"header": header(kind), "parent_header": {}, "metadata": {"version": "1.0.0"}}
    return json.dumps({"channel": "shell", **parts, "content": content})


def comm(kind: str, *, version: str = "1.0.0", **content: object) -> bytes:
    return new_format(header(kind), {}, {"version": version}, content)


BAD = {
    "nothing": b"",
    "noise": os.urandom(5_000),
    "more offsets than memory": struct.pack("<Q", 2**62),
    "offsets past the end": struct.pack("<7Q", 6, 56, 57, 58, 59, 60, 10**9),
    "offsets that fall": struct.pack("<7Q", 6, 60, 59, 58, 57, 56, 55),
    "text where bytes were agreed on": "text",
    "no JSON": new_format(b"{", {}, {}, {}),
    "JSON deeper than the stack": new_format(header("comm_msg"), {}, {}, b"[" * 200_000),
    "a channel that only receives": new_format(header("comm_msg"), {}, {}, {}, channel="iopub"),
    "a channel that is none": new_format(header("comm_msg"), {}, {}, {}, channel="__class__"),
    "a header without a kind": new_format({"msg_id": "1"}, {}, {}, {}),
    "a subshell that is none": new_format(header("comm_msg", subshell_id="x"), {}, {}, {}),
    "a comm without data": comm("comm_msg", comm_id="c"),
    "a widget of the visitor's own": comm("comm_open", comm_id="c", target_name="jupyter.widget"),
}


@pytest.mark.parametrize("message", BAD.values(), ids=BAD)
def test_a_message_that_makes_no_sense_closes_its_websocket_with_a_reason(
    dashboard: Dashboard, kernel: str, message: str | bytes
):
    page = dashboard.connect(kernel, V1)
    page.send(message, websocket.ABNF.OPCODE_TEXT if isinstance(message, str) else 2)
    code, reason = closed(page)
    assert code == 1007
    assert reason
    assert alive(dashboard, kernel)


def test_what_comes_behind_a_refused_message_is_not_read(dashboard: Dashboard, kernel: str):
    before = dashboard.log.read_text()
    page = dashboard.connect(kernel, V1)
    for _ in range(200):
        page.send_binary(b"noise")
    page.send_binary(new_format(header("kernel_info_request"), {}, {}, {}))
    seen = b""
    while (got := page.recv_data())[0] != websocket.ABNF.OPCODE_CLOSE:
        seen += got[1]
    page.shutdown()
    assert b"kernel_info_reply" not in seen
    # Another page's message comes after all of them, and its line after theirs.
    after = dashboard.connect(kernel, V1)
    after.send_binary(b"noise")
    assert closed(after)[0] == 1007
    told = dashboard.log.read_text().removeprefix(before)
    assert told.count("closed the websocket") == 2


@pytest.mark.parametrize("message", ["{", "[]", "{}", '{"header": 1}'])
def test_the_older_format_is_checked_likewise(dashboard: Dashboard, kernel: str, message: str):
    page = dashboard.connect(kernel)
    page.send(message)
    assert closed(page)[0] == 1007
    assert alive(dashboard, kernel)


def test_a_client_of_the_older_format_is_answered(dashboard: Dashboard, kernel: str):
    """Its answers with binary parts once cost the server all its time and memory."""
    page = dashboard.connect(kernel)
    page.send(old_format("comm_open", {"comm_id": "c", "target_name": _CONTROL, "data": {}}))
    page.send(old_format("comm_msg", {"comm_id": "c", "data": {"method": "request_states"}}))
    while (answer := page.recv_data())[0] != websocket.ABNF.OPCODE_BINARY:
        pass
    count, begin, end = struct.unpack("!III", answer[1][:12])
    assert count > 1, "no buffer of a chart came with the widgets"
    states = json.loads(answer[1][begin:end])["content"]["data"]["states"]
    assert any(one["model_name"] == "AnyModel" for one in states.values())
    page.close()
    assert alive(dashboard, kernel)


@pytest.mark.parametrize("subprotocol", [[], [V1]], ids=["older", "newer"])
def test_no_code_of_a_visitor_is_run(dashboard: Dashboard, kernel: str, subprotocol: list[str]):
    page = dashboard.connect(kernel, *subprotocol)
    content = {"code": "1/0", "silent": False}
    if subprotocol:
        page.send_binary(new_format(header("execute_request"), {}, {}, content))
        page.send_binary(new_format(header("kernel_info_request"), {}, {}, {}))
    else:
        page.send(old_format("execute_request", content))
        page.send(old_format("kernel_info_request", {}))
    seen = ""
    while "kernel_info_reply" not in seen:
        seen += page.recv_data()[1].decode("utf-8", "replace")
    assert "execute" not in seen
    assert "ZeroDivisionError" not in seen
    page.close()


def test_what_is_asked_twice_or_wrongly_is_no_traceback_in_the_terminal(
    dashboard: Dashboard, kernel: str
):
    page = dashboard.connect(kernel, V1)
    opened = comm("comm_open", comm_id="c", target_name=_CONTROL, data={})
    wrong = [
        comm("comm_msg", comm_id="c", data={}),
        comm("comm_msg", comm_id="c", data={"method": 3}),
        comm("comm_open", comm_id="d", target_name=_CONTROL, data={}, version="99"),
    ]
    for message in (opened, *wrong, *wrong):
        page.send_binary(message)
    page.send_binary(new_format(header("kernel_info_request"), {}, {}, {}))
    while b"kernel_info_reply" not in page.recv_data()[1]:
        pass
    page.close()
    assert "Traceback" not in dashboard.log.read_text()


def test_a_message_that_is_too_large_is_not_read(dashboard: Dashboard, kernel: str):
    page = dashboard.connect(kernel, V1)
    with pytest.raises((websocket.WebSocketException, ConnectionError)):  # noqa: PT012
        page.send_binary(bytes(20 * 2**20))
        page.send_binary(b"")
        closed(page)
        page.send_binary(b"")
    assert alive(dashboard, kernel)


def test_a_kernel_that_is_none_and_a_websocket_too_many_are_refused(
    dashboard: Dashboard, kernel: str
):
    with pytest.raises(websocket.WebSocketBadStatusException, match="404"):
        dashboard.connect(str(uuid.uuid4()), V1)
    assert dashboard.get(f"api/kernels/{kernel}/channels").status_code == 400
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        dashboard.connect(kernel, V1, origin="http://elsewhere.example")
    opened = [dashboard.connect(kernel, V1) for _ in range(4)]
    with pytest.raises(websocket.WebSocketBadStatusException, match="429"):
        dashboard.connect(kernel, V1)
    for page in opened:
        page.close()
    assert "Traceback" not in dashboard.log.read_text()


def closed(page: websocket.WebSocket) -> tuple[int, str]:
    """Waits until the server closes a websocket; returns its code and its reason."""
    while True:
        kind, data = page.recv_data()
        if kind == websocket.ABNF.OPCODE_CLOSE:
            page.shutdown()
            return struct.unpack("!H", data[:2])[0], data[2:].decode()


def alive(dashboard: Dashboard, kernel: str) -> bool:
    return dashboard.get(f"prunelab/alive/{kernel}").json()["alive"]
