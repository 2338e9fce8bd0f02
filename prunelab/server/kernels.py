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
        if self._kernel_connections.get(kernel_id):
            self._alone_since.pop(kernel_id, None)
            return
        since = self._alone_since.setdefault(kernel_id, monotonic())
        if monotonic() - since >= self.cull_idle_timeout:
            await self.shutdown_kernel(kernel_id)

    async def shutdown_kernel(self, kernel_id: str, *args: Any, **kwargs: Any) -> None:
        """Ends a kernel."""
        self._alone_since.pop(kernel_id, None)
        await super().shutdown_kernel(kernel_id, *args, **kwargs)

    async def is_alive(self, kernel_id: str) -> bool:
        """Tells whether a kernel exists and its process runs."""
        return kernel_id in self and await self.get_kernel(kernel_id).is_alive()
