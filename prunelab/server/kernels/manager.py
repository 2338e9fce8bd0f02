"""The kernels behind the dashboard's pages: which Python they run, and when they end."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from time import monotonic
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from traitlets import Dict, Unicode

__all__ = ["Kernels", "OwnPython"]

_NAME = "python3"
_MAX_KEPT = 8 * 2**20
"""Bytes that are kept for a page that is away. What it missed beyond them it asks for itself."""


class _Kept(list[tuple[str, list[Any]]]):
    """Messages for a page that is away: the first of them."""

    _bytes = 0

    def append(self, message: tuple[str, list[Any]]) -> None:
        """Keeps one more message, if there is room."""
        self._bytes += sum(len(part) for part in message[1])
        if self._bytes <= _MAX_KEPT:
            super().append(message)


class OwnPython(KernelSpecManager):
    """Knows one kernel: the interpreter that runs the server.

    Kernels installed for the user or the machine may be another Python, without prunelab.
    """

    def find_kernel_specs(self) -> dict[str, str]:
        """The only kernel's name, with no folder: there is nothing on disk."""
        return {_NAME: ""}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The only kernel's spec."""
        if kernel_name != _NAME:
            raise NoSuchKernel(kernel_name)
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        # A page types no commands, so there is no history to keep in the user's profile.
        command.append("--HistoryManager.enabled=False")
        # A message that comes twice is none of a thief's: the connection is this machine's own.
        command.append("--Session.digest_history_size=0")
        # Only errors: a kernel warns at every start that its local connection is not encrypted.
        command.append("--IPKernelApp.log_level=40")
        return KernelSpec(argv=command, display_name="Python 3", language="python")

    def get_all_specs(self) -> dict[str, Any]:
        """The only kernel, as Voila asks for it."""
        return {_NAME: {"resource_dir": "", "spec": self.get_kernel_spec(_NAME).to_dict()}}


class Kernels(AsyncMappingKernelManager):
    """Starts kernels in the user's folder and ends those that no page is connected to.

    Voila puts its pool of warm kernels on top of this class.
    """

    kernel_env = Dict(help="environment variables for the kernels").tag(config=True)
    kernel_cwd = Unicode(help="the folder the kernels run in").tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        self._alone_since: dict[str, float] = {}
        super().__init__(**kwargs)

    def hand_out(self, kernel_id: str) -> None:
        """Notes that a kernel belongs to a page from now on, which has yet to connect."""
        self._alone_since[kernel_id] = monotonic()

    def notify_connect(self, kernel_id: str) -> None:
        """Notes that a page is connected to its kernel."""
        super().notify_connect(kernel_id)
        self._alone_since.pop(kernel_id, None)

    def notify_disconnect(self, kernel_id: str) -> None:
        """Notes that a page lost its kernel, or was closed."""
        super().notify_disconnect(kernel_id)
        if not self._kernel_connections.get(kernel_id) and kernel_id in self:
            self._alone_since[kernel_id] = monotonic()

    async def start_kernel(
        self, *, env: Mapping[str, str] | None = None, path: str = "", **kwargs: Any
    ) -> str:
        """Starts a kernel with the dashboard's environment, in the user's folder.

        The notebook's own folder, ``path``, is a package's: it is no place to find the user's
        files in.
        """
        started: str = await super().start_kernel(
            env={**(env or {}), **self.kernel_env}, cwd=self.kernel_cwd, **kwargs
        )
        return started

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """Ends a kernel that has had no page for `cull_idle_timeout` seconds.

        Voila calls this for kernels that were handed to a page, not for those in the pool. Silence
        is no sign of an abandoned kernel, nor activity of a used one: a page that only watches is
        silent, and an abandoned one goes on sending the points of a run.
        """
        since = self._alone_since.get(kernel_id)
        if since is not None and monotonic() - since >= self.cull_idle_timeout:
            await self.shutdown_kernel(kernel_id)

    async def end_abandoned(self, seconds: float) -> None:
        """Ends the kernel that has had no page for longest, if that is this many seconds."""
        oldest = min(self._alone_since.items(), key=lambda one: one[1], default=None)
        if oldest is not None and monotonic() - oldest[1] >= seconds:
            await self.shutdown_kernel(oldest[0])

    def start_buffering(self, kernel_id: str, session_key: str, channels: Any) -> None:
        """Keeps what a kernel says while its page is away, as much of it as memory bears."""
        super().start_buffering(kernel_id, session_key, channels)
        if kernel_id in self._kernel_buffers:
            self._kernel_buffers[kernel_id]["buffer"] = _Kept()

    async def shutdown_kernel(self, kernel_id: str, *args: Any, **kwargs: Any) -> None:
        """Ends a kernel."""
        self._alone_since.pop(kernel_id, None)
        if kernel_id not in self:
            return  # whoever asked for it as well was first
        await super().shutdown_kernel(kernel_id, *args, **kwargs)

    async def is_alive(self, kernel_id: str) -> bool:
        """Tells whether a kernel exists and its process runs."""
        return kernel_id in self and await self.get_kernel(kernel_id).is_alive()
