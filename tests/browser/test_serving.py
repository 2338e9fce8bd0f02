"""The dashboard behind what people put before it, in a real browser through real proxies."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from conftest import served
from playwright.sync_api import Page, expect

from prunelab.server.jupyter_proxy import setup

START = 60_000
CHART = '[role=img][aria-label^="Scheduled"]'

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port};
    location {path} {{
      proxy_pass {url}; proxy_http_version 1.1; proxy_set_header Host $http_host;
      {upgrade}
    }}
  }}
}}
"""
UPGRADE = 'proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";'


@contextmanager
def ended(command: list[str], url: str, **how: object) -> Iterator[str]:
    """A server that runs during the block, from when it answers."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **how)
    try:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            assert process.poll() is None, f"{command[0]} ended at its start"
            try:
                with urlopen(url):
                    break
            except OSError:
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def nginx(folder: Path, path: str, url: str, upgrade: str = UPGRADE) -> Iterator[str]:
    command = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    assert command is not None, "no nginx was found: install it (apt-get install nginx-light)"
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, path=path, url=url, upgrade=upgrade))
    with ended([command, "-c", str(config)], f"http://127.0.0.1:{port}{path}") as address:
        yield address


def works(page: Page, url: str) -> None:
    """The chart is there, and a change of a value comes back from the kernel."""
    page.goto(url)
    expect(page.locator(f"{CHART} .main-svg").first).to_be_visible(timeout=START)
    box = page.get_by_label("final sparsity, exact value")
    box.fill("0.4")
    box.press("Enter")
    page.wait_for_function(
        """selector => document.querySelector(selector)?.data?.some(
            trace => Math.abs(Math.max(...Array.from(trace.y)) - 0.4) < 0.02)""",
        arg=CHART,
        timeout=START,
    )


def test_nginx_takes_the_path_out(page: Page, tmp_path: Path) -> None:
    with (
        served(tmp_path / "lab", tmp_path) as server,
        nginx(tmp_path, "/tools/lab/", server.url) as url,
    ):
        works(page, url)


def test_nginx_keeps_the_path(page: Page, tmp_path: Path) -> None:
    options = ("--base-url", "/tools/lab")
    with (
        served(tmp_path / "lab", tmp_path, *options) as server,
        nginx(tmp_path, "/tools/lab/", server.url.removesuffix("/tools/lab/")) as url,
    ):
        works(page, url.removesuffix("/"))
        assert page.url.startswith(url)


def test_where_websockets_do_not_pass_the_page_says_so(page: Page, tmp_path: Path) -> None:
    with (
        served(tmp_path / "lab", tmp_path) as server,
        nginx(tmp_path, "/", server.url, upgrade="") as url,
    ):
        page.goto(url)
        told = page.get_by_role("alert").filter(has_text="WebSockets do not pass")
        expect(told).to_be_visible(timeout=START)


@pytest.fixture
def jupyter(tmp_path: Path) -> Iterator[str]:
    """A Jupyter server below `/user/me/`, as a hub starts one, with the proxy and the dashboard."""
    port, folder = free_port(), tmp_path / "config"
    folder.mkdir()
    server = setup()
    server["command"] += ["--lab", str(tmp_path / "lab")]
    proxied = {"ServerProxy": {"servers": {"prunelab": server}}}
    (folder / "jupyter_server_config.json").write_text(json.dumps(proxied))
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1",
        f"--port={port}", "--ServerApp.base_url=/user/me/", "--IdentityProvider.token=",
        f"--ServerApp.root_dir={tmp_path}", "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--ServerApp.jpserver_extensions={'jupyter_server_proxy': True}",
    ]  # fmt: skip
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(folder)}
    with (tmp_path / "jupyter.log").open("w") as log:
        url = f"http://127.0.0.1:{port}/user/me/"
        with ended(command, f"{url}api", env=environment, stdout=log, stderr=log):
            yield url


def test_a_jupyter_server_starts_and_shows_it(page: Page, jupyter: str) -> None:
    works(page, f"{jupyter}prunelab/")
    page.goto(f"{jupyter}lab")
    card = page.locator(".jp-LauncherCard").filter(has_text="prunelab").first
    expect(card).to_be_visible(timeout=START)
