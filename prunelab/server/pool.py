"""What the page asks of Voila's pool of warm kernels."""

from __future__ import annotations

import asyncio
from typing import Any

from prunelab.server.kernels import Kernels

__all__ = ["Pool"]

_SECONDS_TO_START = 10
"""Starting a kernel's process takes under a second, unless the machine is very busy."""


class Pool:
    """The kernels that have already run the notebook, waiting for a page.

    Voila's own pool hands out a kernel that died while it waited, and lets the visitor stare at
    nothing while one starts. Here a page is served only from a kernel that is ready and lives.
    """

    def __init__(self, manager: Any, notebook: str) -> None:
        """Wraps Voila's kernel manager, which is a `Kernels` with a pool, for one notebook."""
        self._manager: Kernels = manager
        self._voila: Any = manager
        self._notebook = notebook

    async def ready(self) -> bool:
        """Tells whether the next page can be served at once; starts a kernel if none comes."""
        while waiting := self._voila._pools.get(self._notebook):
            if not waiting[0].done():
                return False
            if waiting[0].exception() is None:
                started = waiting[0].result()
                if not started["task"].done():
                    return False
                rendered = started["task"].exception() is None
                if rendered and await self._manager.is_alive(started["kernel_id"]):
                    return True
            await self._discard(waiting[0])
        self._voila.fill_if_needed(delay=0, notebook_name=self._notebook)
        return False

    async def wait(self) -> None:
        """Waits until the next kernel has run the notebook.

        Raises:
            Exception: What ended the kernel or the notebook instead. The pool is free for the
                next attempt then.
        """
        await self.ready()
        first = self._voila._pools[self._notebook][0]
        try:
            # Shielded: a visitor who leaves must not take the kernel away from the next one.
            started = await asyncio.shield(first)
            await asyncio.shield(started["task"])
            if not await self._manager.is_alive(started["kernel_id"]):
                raise ChildProcessError("the kernel ended while it ran the notebook")
        except Exception:
            await self._discard(first)
            raise

    async def empty(self) -> None:
        """Ends the waiting kernels at once. One that is just being started is waited for first."""
        waiting = list(self._voila._pools.get(self._notebook, ()))
        if waiting:
            await asyncio.wait(waiting, timeout=_SECONDS_TO_START)
        for task in waiting:
            if task.done() and task.exception() is None:
                await self._manager.shutdown_kernel(task.result()["kernel_id"], now=True)

    async def _discard(self, task: asyncio.Task[Any]) -> None:
        pool = self._voila._pools[self._notebook]
        if task in pool:
            pool.remove(task)
        if task.exception() is None and task.result()["kernel_id"] in self._manager:
            await self._manager.shutdown_kernel(task.result()["kernel_id"])
