"""Serves the dashboard: Voila, set up in Python, with one notebook and one template."""

from __future__ import annotations

import errno
import logging
import signal
import socket
import sys
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree
from typing import Any

from jupyter_server.utils import url_path_join
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets
from traitlets import Any as AnyTrait
from traitlets.config import Config
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.static_file_handler import AllowListFileHandler
from voila.tornado.handler import TornadoVoilaHandler

from prunelab.errors import PrunelabError
from prunelab.plotlyjs import plotly_version
from prunelab.server.handlers import Alive, Closed, Page, PlotlyScript, Ready
from prunelab.server.kernels import Kernels, OwnPython
from prunelab.server.pool import Pool

__all__ = ["PortInUse", "listen", "serve"]

_TEMPLATE = Path(__file__).with_name("template")
_LAST_PORT = 65_535
_SECONDS_WITHOUT_PAGE = 60
"""A page that lost its connection has this long to come back before its kernel is ended."""


_NOISE = (
    "is not trusted",  # Voila shows no stored outputs, so there is nothing to trust
    "websocket_ping_timeout",  # two of Jupyter's own defaults that do not go together
)


class PortInUse(PrunelabError, OSError):
    """The port cannot be listened on. The text names it and the mend."""


def serve(
    notebook: Path,
    sockets: list[socket.socket],
    *,
    open_browser: bool,
    kernel_env: Mapping[str, str],
) -> None:
    """Serves one notebook at ``/`` until SIGINT or SIGTERM, then ends every kernel.

    Prints one line with the address when pages can be asked for.

    Args:
        notebook: The notebook to serve.
        sockets: Where to listen, from `listen`; they are closed at the end.
        open_browser: Whether to open the address in the user's browser.
        kernel_env: Environment variables for the kernels, beside the server's own.
    """
    host, port = sockets[0].getsockname()[:2]
    try:
        # The instance, since Voila's parts find the log that way.
        app = _Dashboard.instance(
            config=_config(host, kernel_env),
            notebook_path=str(notebook.resolve()),
            config_file_paths=[],
            log_level=logging.WARNING,
            open_browser=open_browser,
            ip=host,
            port=port,
            sockets=sockets,
        )
        app.initialize([])
        app.start()
    finally:
        _Dashboard.clear_instance()
        for each in sockets:
            each.close()


def listen(host: str, port: int) -> list[socket.socket]:
    """Takes a port, before anything else is done.

    Args:
        host: The address to listen on. Anything but this machine's own opens the dashboard to
            whoever can reach it, without a password.
        port: The port to listen on; 0 for any free one.

    Raises:
        PortInUse: If the port is taken or may not be listened on.
        PrunelabError: If there is no such host.
    """
    mend = "choose another with --port, or --port 0 for any free one"
    if not 0 <= port <= _LAST_PORT:
        # The system would take the number modulo 65,536, and serve where nobody looks.
        raise PortInUse(f"port {port} does not exist, they go from 0 to {_LAST_PORT}: {mend}")
    try:
        return bind_sockets(port, address=host)
    except (socket.gaierror, UnicodeError) as error:
        raise PrunelabError(f"host {host!r} is unknown: use an address of this machine") from error
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise PrunelabError(f"host {host!r} is no address of this machine") from error
        said = "is not allowed" if error.errno == errno.EACCES else "is in use"
        raise PortInUse(f"port {port} {said}: {mend}") from error


def _worth_reading(record: logging.LogRecord) -> bool:
    text = record.getMessage()
    return not any(noise in text for noise in _NOISE)


def _config(host: str, kernel_env: Mapping[str, str]) -> Config:
    config = Config()
    voila = config.VoilaConfiguration
    voila.template = "lab"
    voila.strip_sources = True
    voila.allow_template_override = "NO"
    voila.allow_theme_override = "NO"
    voila.preheat_kernel = True
    voila.default_pool_size = 1
    voila.multi_kernel_manager_class = Kernels
    voila.kernel_spec_manager_class = OwnPython
    voila.resources = {"plotly_version": plotly_version()}
    # A kernel that died has lost its page's state: a fresh one in its place would be a dead page.
    config.KernelManager.autorestart = False
    config.Kernels.kernel_env = dict(kernel_env)
    config.Kernels.kernel_cwd = str(Path.cwd())
    config.MappingKernelManager.cull_idle_timeout = _SECONDS_WITHOUT_PAGE
    config.MappingKernelManager.cull_interval = 10
    # Asked for a local address only, the server refuses other names in the request: a foreign
    # page could have its own name resolve to this machine.
    local = host in {"localhost", "::1"} or host.startswith("127.")
    config.Voila.tornado_settings = {"allow_remote_access": not local}
    return config


class _Dashboard(Voila):
    """Voila with prunelab's template and handlers, on sockets that are already open."""

    sockets = AnyTrait()

    def initialize(self, argv: list[str] | None = None) -> None:
        """Voila's own, less its noise."""
        super().initialize(argv)
        for logger in (self.log, logging.getLogger("tornado.general")):
            logger.addFilter(_worth_reading)

    def setup_template_dirs(self) -> None:
        """Puts prunelab's templates before those of Voila's lab template."""
        super().setup_template_dirs()
        self.template_paths.insert(0, str(_TEMPLATE))

    def init_handlers(self) -> list[Any]:
        """Voila's handlers, less the files of the notebook's folder, with prunelab's own."""
        self._pool = pool = Pool(self.kernel_manager, Path(self.notebook_path).name)
        handlers = [
            self._route("plotly.min.js", PlotlyScript),
            self._route("ready", Ready, {"pool": pool}),
            self._route(r"alive/([\w-]+)", Alive),
        ]
        for pattern, handler, *options in super().init_handlers():
            if handler is VoilaShutdownKernelHandler:
                handlers.append((pattern, Closed))
            elif handler is TornadoVoilaHandler:
                handlers.append((pattern, Page, {"pool": pool, **options[0]}))
            elif handler is not AllowListFileHandler:
                handlers.append((pattern, handler, *options))
        return handlers

    def _route(self, path: str, *handler: Any) -> tuple[Any, ...]:
        return (url_path_join(self.server_url, "prunelab", path), *handler)

    def listen(self) -> None:
        """Serves until a signal says to end."""
        HTTPServer(self.app).add_sockets(self.sockets)
        self.ioloop = IOLoop.current()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, self._handle_signal_stop)
        address = f"http://{self._shown_host()}:{self.port}{self.base_url}"
        sys.stdout.write(f"prunelab dashboard: {address}\n")
        sys.stdout.flush()
        if self.open_browser:
            self.ioloop.run_in_executor(None, webbrowser.open, address)
        try:
            self.ioloop.start()
        finally:
            self.stop()

    def stop(self) -> None:
        """Ends every kernel, on the loop that started them: Voila's own takes another."""
        self.ioloop.run_sync(self._end_kernels)

    async def _end_kernels(self) -> None:
        await self._pool.empty()
        await self.kernel_manager.shutdown_all()
        rmtree(self.connection_dir)

    def _shown_host(self) -> str:
        host = socket.gethostname() if self.ip in {"", "0.0.0.0", "::"} else self.ip
        return f"[{host}]" if ":" in host else host
