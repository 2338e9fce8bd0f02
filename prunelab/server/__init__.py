"""The dashboard's web server: Voila in this process, serving one notebook."""

from __future__ import annotations

from prunelab.server.app import serve
from prunelab.server.notebook import dashboard_notebook
from prunelab.server.sockets import PortInUse, listen

__all__ = ["PortInUse", "dashboard_notebook", "listen", "serve"]
