"""Serves the dashboard: Voila, set up in Python, with one notebook and one template."""

from __future__ import annotations

import logging
import socket
import sys
import webbrowser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import FileFindHandler
from jupyter_server.services.kernels.handlers import KernelHandler
from jupyter_server.utils import url_path_join
from jupyterlab_server.themes_handler import ThemesHandler
from tornado.ioloop import IOLoop
from tornado.web import ErrorHandler
from traitlets import Any as AnyTrait
from traitlets import Integer
from traitlets.config import Config
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.static_file_handler import MultiStaticFileHandler, TemplateStaticFileHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from prunelab.plots.plotly_js import plotly_version
from prunelab.server.base_url import AddSlashHandler, path_of
from prunelab.server.handlers import (
    CloseHandler,
    KernelAliveHandler,
    PageHandler,
    PlotlyScriptHandler,
    ReadyHandler,
)
from prunelab.server.kernels.manager import Kernels, OwnPythonSpecs
from prunelab.server.kernels.max_pages import default_max_pages
from prunelab.server.kernels.pool import Pool
from prunelab.server.model_download import ModelHandler
from prunelab.server.request_checks import OneLineLog, is_loopback, with_request_checks
from prunelab.server.shutdown import Shutdown
from prunelab.server.sockets import make_connections
from prunelab.server.websocket.channels import MAX_MESSAGE, ChannelsHandler, Connection
from prunelab.user_files.paths import MODELS_AT

__all__ = ["serve"]

_TEMPLATE = Path(__file__).with_name("template")
_SECONDS_WITHOUT_PAGE = 60
"""A page that lost its connection has this long to come back before its kernel is ended."""


_KEPT_HANDLERS = (
    KernelHandler,
    TemplateStaticFileHandler,
    MultiStaticFileHandler,
    ThemesHandler,
    FileFindHandler,
)
"""Those of Voila's handlers that the page needs: there is no login, and no other file."""

_NOISE = (
    "is not trusted",  # Voila shows no stored outputs, so there is nothing to trust
    "Got events for closed stream",  # a page was closed while its kernel sent messages
    "websocket_ping_timeout",  # two of Jupyter's own defaults that do not go together
)


def serve(
    notebook: Path,
    sockets: list[socket.socket],
    *,
    open_browser: bool,
    kernel_env: Mapping[str, str],
    models: Path,
    max_pages: int | None = None,
    allowed_hosts: Sequence[str] = (),
    base_url: str = "/",
) -> None:
    """Serves one notebook at ``/`` or a path until SIGINT or SIGTERM, then ends every kernel.

    Prints one line with the address when it serves pages.

    Args:
        notebook: The notebook to serve.
        sockets: Where to listen, from `listen`; they are closed at the end.
        open_browser: Whether to open the address in the user's browser.
        kernel_env: Environment variables for the kernels, beside the server's own.
        models: The folder of the lab's models, which the page lets its users download.
        max_pages: How many pages may be open at once, at least 1; by default as many as memory
            and cores allow.
        allowed_hosts: Names that requests may give the server, beside this machine's own.
        base_url: The path that a proxy in front of it keeps in requests; one that a proxy takes out
            need not be known.

    Raises:
        UsageError: for a base URL that is no path.
    """
    server_url = path_of(base_url)
    host, port = sockets[0].getsockname()[:2]
    try:
        # The instance, since Voila's parts find the log that way.
        app = _Dashboard.instance(
            config=_config(host, kernel_env, allowed_hosts),
            notebook_path=str(notebook.resolve()),
            config_file_paths=[],
            log_level=logging.WARNING,
            open_browser=open_browser,
            ip=host,
            port=port,
            sockets=sockets,
            max_pages=max_pages or default_max_pages(),
            models=models,
            # Where requests come to; the page asks for all else by its own address, whatever a
            # proxy has put before it.
            server_url=server_url,
            base_url="./",
        )
        app.initialize([])
        app.start()
    finally:
        _Dashboard.clear_instance()
        for open_socket in sockets:
            open_socket.close()


def _worth_reading(record: logging.LogRecord) -> bool:
    text = record.getMessage()
    return not any(noise in text for noise in _NOISE)


def _config(host: str, kernel_env: Mapping[str, str], allowed_hosts: Sequence[str]) -> Config:
    config = Config()
    voila = config.VoilaConfiguration
    voila.template = "lab"
    voila.strip_sources = True
    voila.allow_template_override = "NO"
    voila.allow_theme_override = "NO"
    voila.preheat_kernel = True
    voila.default_pool_size = 1
    voila.multi_kernel_manager_class = Kernels
    voila.kernel_spec_manager_class = OwnPythonSpecs
    voila.resources = {"plotly_version": plotly_version()}
    # A kernel that died has lost its page's state: a fresh one in its place would be a dead page.
    config.KernelManager.autorestart = False
    # Relative to the page, as all that it asks for.
    config.Kernels.kernel_env = {**kernel_env, MODELS_AT: "prunelab/model/"}
    config.Kernels.kernel_cwd = str(Path.cwd())
    config.MappingKernelManager.cull_idle_timeout = _SECONDS_WITHOUT_PAGE
    config.MappingKernelManager.cull_interval = 10
    config.Voila.tornado_settings = {
        "allow_remote_access": not is_loopback(host),
        "allowed_hosts": list(allowed_hosts),
        "default_handler_class": with_request_checks(ErrorHandler),
        "default_handler_args": {"status_code": 404},
        "websocket_max_message_size": MAX_MESSAGE,
    }
    config.Voila.kernel_websocket_connection_class = Connection
    return config


class _Dashboard(Voila):
    """Voila with prunelab's template and handlers, on sockets that are already open."""

    sockets = AnyTrait()
    max_pages = Integer()
    models = AnyTrait()

    def initialize(self, argv: list[str] | None = None) -> None:
        """Voila's own, less its noise."""
        super().initialize(argv)
        self.log.addFilter(_worth_reading)
        for name in ("tornado.general", "tornado.application", "tornado.access", "asyncio"):
            logging.getLogger(name).addFilter(_worth_reading)
            logging.getLogger(name).addFilter(OneLineLog())

    def setup_template_dirs(self) -> None:
        """Puts prunelab's templates before those of Voila's lab template."""
        super().setup_template_dirs()
        self.template_paths.insert(0, str(_TEMPLATE))

    def init_settings(self) -> dict[str, Any]:
        """Voila's own; from here on kernels may be started, and are ended with the server."""
        self._shutdown = Shutdown(self.connection_dir)
        settings: dict[str, Any] = super().init_settings()
        return settings

    def init_handlers(self) -> list[Any]:
        """What the page needs of Voila's handlers, with prunelab's own."""
        notebook = Path(self.notebook_path).name
        self._pool = pool = Pool(self.kernel_manager, notebook, self.max_pages)
        handlers = [
            *([] if self.server_url == "/" else [(self.server_url.rstrip("/"), AddSlashHandler)]),
            self._route("plotly.min.js", PlotlyScriptHandler),
            self._route("ready", ReadyHandler, {"pool": pool}),
            self._route(r"alive/([\w-]+)", KernelAliveHandler),
            self._route(r"model/([1-9][0-9]{0,11})", ModelHandler, {"folder": self.models}),
        ]
        for pattern, handler, *options in super().init_handlers():
            if handler is VoilaShutdownKernelHandler:
                handlers.append((pattern, CloseHandler))
            elif handler is TornadoVoilaHandler:
                handlers.append((pattern, PageHandler, {"pool": pool, **options[0]}))
            elif handler is VoilaKernelWebsocketHandler:
                handlers.append((pattern, ChannelsHandler))
            elif handler in _KEPT_HANDLERS:
                handlers.append((pattern, with_request_checks(handler), *options))
        return handlers

    def _route(self, path: str, *handler: Any) -> tuple[Any, ...]:
        return (url_path_join(self.server_url, "prunelab", path), *handler)

    def listen(self) -> None:
        """Serves until a signal ends it."""
        connections = make_connections(self.app)
        self.app.settings["connections"] = connections
        connections.add_sockets(self.sockets)
        self.ioloop = self._shutdown.loop = IOLoop.current()
        address = f"http://{self._shown_host()}:{self.port}{self.server_url}"
        sys.stdout.write(f"prunelab dashboard: {address}\n")
        sys.stdout.flush()
        if self.open_browser:
            self.ioloop.run_in_executor(None, webbrowser.open, address)
        try:
            self.ioloop.start()
        finally:
            self.stop()

    def stop(self) -> None:
        """Ends every kernel, also one that is just being started: none has anything to save."""
        # What is cut short now has its reason in that.
        for logger in (self.log, logging.getLogger("asyncio")):
            logger.setLevel(logging.CRITICAL)
        self._shutdown.kill_kernels()

    def _handle_signal_stop(self, sig: int, frame: Any) -> None:
        """Ends a server that has not begun to serve; `Shutdown` takes over from here."""
        sys.exit(0)

    def _shown_host(self) -> str:
        host = socket.gethostname() if self.ip in {"", "0.0.0.0", "::"} else self.ip
        return f"[{host}]" if ":" in host else host
