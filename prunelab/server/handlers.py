"""The requests that the dashboard answers itself, beside those that Voila answers."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from functools import cache
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError, RequestHandler
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler

from prunelab.plots.plotly_js import plotly_script
from prunelab.server.kernels.pool import Pool
from prunelab.server.request_checks import RequestChecks

__all__ = [
    "CloseHandler",
    "KernelAliveHandler",
    "PageHandler",
    "PlotlyScriptHandler",
    "ReadyHandler",
]


def wait_text(pool: Pool) -> str:
    """The text of a page that has to wait for another to close; empty where it does not."""
    if not pool.full:
        return ""
    return (
        f"All pages that this dashboard serves at once are open ({pool.max_pages}, see "
        "--max-pages). This one opens when another is closed."
    )


class PageHandler(RequestChecks, TornadoVoilaHandler):
    """The dashboard's only page: the notebook if a kernel is ready, else one that waits for it."""

    def initialize(self, pool: Pool, **kwargs: Any) -> None:
        """Takes the pool; the rest is Voila's."""
        super().initialize(**kwargs)
        self._pool = pool

    async def get(self, path: str | None = None) -> None:
        """Answers ``/`` and nothing below it."""
        if path:
            raise HTTPError(404)
        if await self._pool.ready():
            with contextlib.suppress(_KernelTaken):
                await super().get()
                return
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.write(self.render_template("starting.html", resources=self._resources()))

    def should_use_rendered_notebook(self, *args: Any, **kwargs: Any) -> bool:
        """Reserves a kernel of the pool, just before Voila takes it.

        Raises:
            _KernelTaken: If another page got it at the same moment. Voila would start one more,
                however many there are.
        """
        if not self._pool.take():
            raise _KernelTaken
        return True

    def _resources(self) -> dict[str, Any]:
        resources = {"base_url": self.base_url, **self.voila_configuration.resources}
        return {**resources, "wait": wait_text(self._pool)}


class _KernelTaken(Exception):
    """Another page got the kernel that was ready."""


class ReadyHandler(RequestChecks, JupyterHandler):
    """Answers when the page can be shown, with what to show the user until then.

    That is ``{"ready": true, "problem": "", "wait": ""}``.
    """

    def initialize(self, pool: Pool) -> None:
        """Takes the pool to wait for."""
        self._pool = pool

    async def get(self) -> None:
        """Waits; the page asks again if the connection is cut meanwhile."""
        ready, problem = False, ""
        try:
            ready = await self._pool.wait()
        except Exception:
            self.log.exception("the dashboard's kernel could not be started")
            problem = "The dashboard could not be started: its terminal says why."
        self.set_header("Cache-Control", "no-store")
        self.finish({"ready": ready, "problem": problem, "wait": wait_text(self._pool)})


class KernelAliveHandler(RequestChecks, JupyterHandler):
    """Answers an open page whether its kernel still runs: ``{"alive": true}``."""

    async def get(self, kernel_id: str) -> None:
        """Answers for one kernel."""
        self.set_header("Cache-Control", "no-store")
        self.finish({"alive": await self.kernel_manager.is_alive(kernel_id)})


class CloseHandler(RequestChecks, VoilaShutdownKernelHandler):
    """Ends the kernel of a page that was closed."""

    def check_xsrf_cookie(self) -> None:
        """Lets the beacon of a closing page in, which carries no token.

        Whoever knows the kernel's random id may end it anyway, and requests from other origins
        are still refused.
        """

    async def post(self, kernel_id: str) -> None:
        """Ends the kernel; a second beacon for it finds nothing to do."""
        if kernel_id in self.kernel_manager:
            await super().post(kernel_id)


@cache
def _compressed_script() -> bytes:
    return gzip.compress(plotly_script(), compresslevel=6, mtime=0)


class PlotlyScriptHandler(RequestChecks, RequestHandler):
    """Serves plotly.js. The address names its version, so that browsers may keep it for good."""

    async def get(self) -> None:
        """Answers with the script, compressed for browsers that accept it."""
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")
        self.set_header("Vary", "Accept-Encoding")
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            # Some 0.3 s once: other requests go on meanwhile.
            loop = asyncio.get_running_loop()
            self.finish(await loop.run_in_executor(None, _compressed_script))
        else:
            self.finish(plotly_script())
