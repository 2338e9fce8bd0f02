"""The dashboard's web server: Voila in this process, serving one notebook."""

from __future__ import annotations

from prunelab.server.app import PortInUse, listen, serve
from prunelab.server.notebook import dashboard_notebook

__all__ = ["PortInUse", "dashboard_notebook", "listen", "serve"]
