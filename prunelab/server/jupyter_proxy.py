"""The dashboard as a part of a Jupyter server, by jupyter-server-proxy."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

__all__ = ["setup"]

_ICON = Path(__file__).with_name("icon.svg")


def setup() -> dict[str, Any]:
    """How jupyter-server-proxy starts the dashboard, and what JupyterLab's launcher shows of it.

    The proxy has checked who asks and from where, and takes its path out of requests, so the
    dashboard sees requests of this machine alone.
    """
    command = [sys.executable, "-m", "prunelab", "dashboard", "--no-browser", "--port", "{port}"]
    own = "localhost:{port}"
    return {
        "command": command,
        # A kernel of the pool is ready by then, on a slow machine too.
        "timeout": 120,
        "new_browser_tab": True,
        "request_headers_override": {"Host": own, "Origin": f"http://{own}"},
        "launcher_entry": {"title": "prunelab", "icon_path": str(_ICON)},
    }
