"""The real server, spoken to without a browser."""

from __future__ import annotations

import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
import websocket

SECONDS = 60
"""No test waits longer for an answer; on an idle machine each takes milliseconds."""


@dataclass
class Dashboard:
    """A `prunelab dashboard` that runs."""

    url: str
    process: subprocess.Popen[str]
    log: Path
    kernels: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://").rstrip("/")

    def get(self, path: str = "", **how: object) -> requests.Response:
        return requests.get(self.url + path, timeout=SECONDS, **how)

    def open_page(self) -> str:
        """Loads the page, as a browser does; returns its kernel's id."""
        found = None
        while found is None:
            self.get("prunelab/ready")
            found = re.search(r'"kernelId":\s*"([^"]+)"', self.get().text)
        self.kernels.append(found[1])
        return found[1]

    def close_page(self, kernel: str) -> None:
        requests.post(f"{self.url}voila/api/shutdown/{kernel}", timeout=SECONDS)

    def connect(self, kernel: str, *subprotocols: str, **how: object) -> websocket.WebSocket:
        return websocket.create_connection(
            f"ws://{self.host}/api/kernels/{kernel}/channels?session_id={uuid.uuid4().hex}",
            subprotocols=list(subprotocols) or None,
            timeout=SECONDS,
            **how,
        )


@contextmanager
def started(folder: Path, *options: str) -> Iterator[Dashboard]:
    """`prunelab dashboard` on a lab of its own."""
    log = folder / "server.log"
    with log.open("w") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "prunelab", "dashboard", "--no-browser", "--port", "0",
             "--lab", str(folder / "lab"), *options],
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "http://" in line, f"the server did not start: {log.read_text()}"
        yield Dashboard(line.split()[-1], process, log)
    finally:
        process.terminate()
        try:
            process.wait(SECONDS)
        finally:
            process.kill()
