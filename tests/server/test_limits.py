"""However many ask, there are only so many kernels and connections, and the end is quick."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from real_dashboard import SECONDS, Dashboard, started

from prunelab.server.websocket.messages import V1


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory):
    with started(tmp_path_factory.mktemp("small"), "--max-pages", "2") as server:
        yield server


def kernels(server: Dashboard) -> list[psutil.Process]:
    children = psutil.Process(server.process.pid).children()
    return [one for one in children if "ipykernel_launcher" in one.cmdline()]


def test_a_page_too_many_waits_says_so_and_opens_when_another_is_closed(small: Dashboard):
    first, second = small.open_page(), small.open_page()
    # Connected pages are used, however long they are silent.
    sockets = [small.connect(one, V1) for one in (first, second)]
    with ThreadPoolExecutor(8) as many:
        pages = list(many.map(lambda _: small.get().text, range(24)))
    assert all("All pages that this dashboard serves at once are open (2" in one for one in pages)
    assert len(kernels(small)) == 2
    sockets[0].close()
    small.close_page(first)
    third = small.open_page()
    assert third not in (first, second)
    sockets[1].close()
    for one in (second, third):
        small.close_page(one)


def test_pages_that_are_asked_for_and_never_shown_breed_no_kernels(small: Dashboard):
    for _ in range(6):
        with ThreadPoolExecutor(8) as many:
            answers = list(many.map(lambda _: small.get("?theme=dark&template=x"), range(16)))
        assert {one.status_code for one in answers} == {200}
        assert len(kernels(small)) <= 2
    assert "Traceback" not in small.log.read_text()


def test_thousands_of_silent_connections_keep_nobody_out(small: Dashboard):
    host, port = small.host.split(":")
    silent = []
    for _ in range(1_500):
        one = socket.create_connection((host, int(port)), timeout=SECONDS)
        one.sendall(b"GET / HTTP/1.1\r\nHost: ")
        silent.append(one)
        if len(silent) > 500:
            silent.pop(0).close()
    assert small.get("prunelab/alive/none").json() == {"alive": False}
    for one in silent:
        one.close()


NONSENSE = [
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    b"GET /" + b"y" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: [\r\n\r\n",
    b"GET /%ff%fe?%ff=%fe HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999999\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
    b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
]


def test_a_request_that_makes_no_sense_is_at_most_a_line_in_the_terminal(small: Dashboard):
    before = small.log.read_text()
    host, port = small.host.split(":")
    for one in NONSENSE:
        # What is too long may be cut off before all of it was sent.
        with (
            socket.create_connection((host, int(port)), timeout=SECONDS) as connection,
            contextlib.suppress(ConnectionError),
        ):
            connection.sendall(one)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(2**16):
                pass
        assert small.get("prunelab/alive/none").status_code == 200
    said = small.log.read_text().removeprefix(before)
    assert said.count("\n") <= len(NONSENSE), said


REFUSED = {
    "nothing/here": 404,
    "voila/files/server.log": 404,
    "voila/static/../../../etc/passwd": 404,
    "voila/query/a-b-c-d-e": 404,
    "login": 404,
    "api/kernels/a-b-c-d-e": 404,
    "api/kernels/a-b-c-d-e/channels": 400,
}


def test_a_refused_request_is_told_in_one_line(small: Dashboard):
    before = small.log.read_text()
    foreign = ["", "prunelab/ready", "prunelab/plotly.min.js", "voila/static/voila.js"]
    answers = {path: small.get(path) for path in REFUSED}
    answers |= {f"/{path}": small.get(path, headers={"Host": "evil.example"}) for path in foreign}
    expected = REFUSED | {f"/{path}": 403 for path in foreign}
    assert {path: one.status_code for path, one in answers.items()} == expected
    for answer in answers.values():
        assert answer.text.startswith(f"{answer.status_code}: ")
        assert answer.text.count("\n") == 1
    assert "--allow-host evil.example" in answers["/"].text
    said = small.log.read_text().removeprefix(before)
    assert said.count("\n") <= len(answers), said


@pytest.mark.parametrize("when", ["starting", "stopped kernels", "SIGHUP"])
def test_a_signal_ends_the_server_and_its_kernels(tmp_path: Path, when: str):
    with started(tmp_path) as server:
        if when != "starting":
            opened = server.open_page()
            sockets = [server.connect(opened, V1) for _ in range(3)]
            assert sockets
        children = kernels(server)
        if when == "stopped kernels":
            # Such a kernel hears no other signal and answers nothing.
            for one in children:
                os.kill(one.pid, signal.SIGSTOP)
        server.process.send_signal(signal.SIGHUP if when == "SIGHUP" else signal.SIGTERM)
        assert server.process.wait(SECONDS) == 0
        assert not any(one.is_running() for one in children)
        assert "Traceback" not in server.log.read_text()
