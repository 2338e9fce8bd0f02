"""The kernels behind the dashboard's pages: which Python they run, and when they end."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from time import monotonic
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from traitlets import Dict, Unicode

__all__ = ["Kernels", "OwnPythonSpecs"]

_NAME = "python3"
_MAX_BUFFERED = 8 * 2**20
"""Bytes that are buffered for a page that is away. It asks for whatever it missed beyond them."""


class _BoundedBuffer(list[tuple[str, list[Any]]]):
    """The first messages for a page that is away, up to a size."""

    _bytes = 0

    def append(self, message: tuple[str, list[Any]]) -> None:
        """Adds one more message, if there is room."""
        self._bytes += sum(len(part) for part in message[1])
        if self._bytes <= _MAX_BUFFERED:
            super().append(message)


class OwnPythonSpecs(KernelSpecManager):
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
        # Replayed messages are no threat: the connection is this machine's own.
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
        self._without_page_since: dict[str, float] = {}
        super().__init__(**kwargs)

    def hand_out(self, kernel_id: str) -> None:
        """Marks a kernel as a page's, which has yet to connect."""
        self._without_page_since[kernel_id] = monotonic()

    def notify_connect(self, kernel_id: str) -> None:
        """Marks a kernel as connected to its page."""
        super().notify_connect(kernel_id)
        self._without_page_since.pop(kernel_id, None)

    def notify_disconnect(self, kernel_id: str) -> None:
        """Marks when a kernel lost its page, or the page was closed."""
        super().notify_disconnect(kernel_id)
        if not self._kernel_connections.get(kernel_id) and kernel_id in self:
            self._without_page_since[kernel_id] = monotonic()

    async def start_kernel(
        self, *, env: Mapping[str, str] | None = None, path: str = "", **kwargs: Any
    ) -> str:
        """Starts a kernel with the dashboard's environment, in the user's folder.

        The notebook's own folder, ``path``, is the package's, not that of the user's files.
        """
        started: str = await super().start_kernel(
            env={**(env or {}), **self.kernel_env}, cwd=self.kernel_cwd, **kwargs
        )
        return started

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """Ends a kernel that has had no page for `cull_idle_timeout` seconds.

        Voila calls this for kernels that were handed to a page, not for those in the pool. Activity
        says nothing: a page that only watches is silent, and an abandoned kernel goes on sending
        the points of a run.
        """
        since = self._without_page_since.get(kernel_id)
        if since is not None and monotonic() - since >= self.cull_idle_timeout:
            await self.shutdown_kernel(kernel_id)

    async def end_abandoned(self, seconds: float) -> None:
        """Ends the kernel that has had no page for longest, if that is this many seconds."""
        oldest = min(self._without_page_since.items(), key=lambda one: one[1], default=None)
        if oldest is not None and monotonic() - oldest[1] >= seconds:
            await self.shutdown_kernel(oldest[0])

    def start_buffering(self, kernel_id: str, session_key: str, channels: Any) -> None:
        """Buffers what a kernel sends while its page is away, within `_MAX_BUFFERED`."""
        super().start_buffering(kernel_id, session_key, channels)
        if kernel_id in self._kernel_buffers:
            self._kernel_buffers[kernel_id]["buffer"] = _BoundedBuffer()

    async def shutdown_kernel(self, kernel_id: str, *args: Any, **kwargs: Any) -> None:
        """Ends a kernel."""
        self._without_page_since.pop(kernel_id, None)
        if kernel_id not in self:
            return  # another request has ended it already
        await super().shutdown_kernel(kernel_id, *args, **kwargs)

    async def is_alive(self, kernel_id: str) -> bool:
        """Whether a kernel exists and its process runs."""
        return kernel_id in self and await self.get_kernel(kernel_id).is_alive()
