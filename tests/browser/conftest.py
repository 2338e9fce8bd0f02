"""A real Chromium against the real servers."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import BrowserContext, Page

from prunelab.lab import Lab

ROOT = Path(__file__).parents[2]

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Server:
    """A server under test: its address and the lab that it serves."""

    url: str
    lab: Path
    process: subprocess.Popen[str]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    path = os.environ.get("PRUNELAB_CHROMIUM") or next(filter(None, found), None)
    if path is None:
        pytest.fail(
            "no Chromium was found: install it (on Debian: apt-get install chromium) "
            "or set PRUNELAB_CHROMIUM to its path",
            pytrace=False,
        )
    return {"executable_path": path, "args": _FLAGS}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, object]:
    return {"viewport": {"width": 1440, "height": 1800}}


@pytest.fixture(autouse=True)
def no_other_host(context: BrowserContext) -> Iterator[None]:
    """No page of any test asks another host for anything."""
    asked: list[str] = []
    own = ("http://127.0.0.1:", "ws://127.0.0.1:", "blob:", "data:", "file:")

    def note(url: str) -> None:
        if not url.startswith(own):
            asked.append(url)

    def follow(page: Page) -> None:
        page.on("websocket", lambda socket: note(socket.url))

    context.on("request", lambda request: note(request.url))
    context.on("page", follow)
    for page in context.pages:
        follow(page)
    yield
    assert asked == []


@pytest.fixture(scope="session")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`prunelab dashboard` on an empty lab; every run is stopped at the end."""
    with served(tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("log")) as server:
        yield server


@contextmanager
def served(lab: Path, logs: Path, *options: str) -> Iterator[Server]:
    """`prunelab dashboard` on a lab."""
    log = (logs / "server.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "prunelab", "dashboard", "--no-browser", "--port", "0",
         "--lab", str(lab), *options],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "http://" in line, f"the server did not start: {line or Path(log.name).read_text()}"
        yield Server(line.split()[-1], lab, process)
    finally:
        _end(process)
        _stop_all(Lab(lab))


@pytest.fixture(scope="session")
def jupyterlab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab on a copy of the notebooks."""
    folder = tmp_path_factory.mktemp("jupyter")
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        shutil.copy(notebook, folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (folder / "server.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
         "--ip=127.0.0.1", "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}",
         "--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"],
        stdout=log,
        stderr=subprocess.STDOUT,
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(folder / "config")},
        text=True,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}/"
    try:
        _wait_for(url + "api", process)
        yield Server(url, folder, process)
    finally:
        _end(process)


def _wait_for(url: str, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, "JupyterLab ended at its start"
        try:
            with urlopen(url):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("JupyterLab did not answer within a minute")


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _stop_all(lab: Lab) -> None:
    end = time.monotonic() + 30
    while active := [run for run in lab.runs() if run.active]:
        assert time.monotonic() < end, f"{active} did not stop"
        for run in active:
            lab.stop(run.id)
        time.sleep(0.2)
