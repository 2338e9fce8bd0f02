"""Voila's pool of warm kernels, as pages use it."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

from prunelab.server.kernels.manager import Kernels

__all__ = ["Pool"]

_SECONDS_WITHOUT_PAGE = 20
"""A kernel without a page for so long makes room for a page that waits."""

_SECONDS_BETWEEN = 0.5
_SECONDS_TO_WAIT = 20
"""Proxies cut off what takes a minute; a page that has to wait asks again."""


class Pool:
    """The kernels that have already run the notebook, waiting for a page.

    Voila's own pool hands out kernels that died while they waited, shows an empty page while one
    starts, and starts one for every request. Here a page is served only from a kernel that is
    ready and alive, and there are never more than `max_pages` kernels.
    """

    def __init__(self, manager: Any, notebook: str, max_pages: int) -> None:
        """Wraps Voila's kernel manager, which is a `Kernels` with a pool, for one notebook."""
        self._manager: Kernels = manager
        self._voila: Any = manager
        self._notebook = notebook
        self.max_pages = max_pages
        self._set_pool_size()

    @property
    def full(self) -> bool:
        """Whether a page has to wait until another is closed."""
        return not self._waiting and len(self._manager.list_kernel_ids()) >= self.max_pages

    def take(self) -> bool:
        """Hands out a kernel to the page that is served now; returns whether one was ready."""
        first = self._waiting[0] if self._waiting else None
        if first is None or not first.done() or not first.result()["task"].done():
            return False
        self._manager.hand_out(first.result()["kernel_id"])
        self._set_pool_size()
        return True

    async def ready(self) -> bool:
        """Whether the next page can be served at once; starts a kernel if none is starting."""
        while waiting := self._waiting:
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
        if self.full:
            await self._manager.end_abandoned(_SECONDS_WITHOUT_PAGE)
        else:
            self._set_pool_size()
            self._voila.fill_if_needed(delay=0, notebook_name=self._notebook)
        return False

    async def wait(self) -> bool:
        """Waits until the next kernel has run the notebook, or a while for a page to close.

        Returns:
            Whether the page can be requested now.

        Raises:
            Exception: What ended the kernel or the notebook instead. The pool is free for the
                next attempt then.
        """
        end = monotonic() + _SECONDS_TO_WAIT
        while not await self.ready() and self.full:
            if monotonic() >= end:
                return False
            await asyncio.sleep(_SECONDS_BETWEEN)
        if not self._waiting:
            return True  # another page took the kernel: this one asks again
        first = self._waiting[0]
        try:
            # Shielded: a request that is cancelled must not cancel the kernel for the next one.
            started = await asyncio.shield(first)
            await asyncio.shield(started["task"])
            if not await self._manager.is_alive(started["kernel_id"]):
                raise ChildProcessError("the kernel ended while it ran the notebook")
        except Exception:
            await self._discard(first)
            raise
        return True

    @property
    def _waiting(self) -> list[asyncio.Task[Any]]:
        waiting: list[asyncio.Task[Any]] = self._voila._pools.get(self._notebook) or []
        return waiting

    def _set_pool_size(self) -> None:
        """Sets whether Voila starts another kernel when it hands one out."""
        room = len(self._manager.list_kernel_ids()) < self.max_pages
        self._voila.kernel_pools_config = {"default": {"pool_size": int(room)}}

    async def _discard(self, task: asyncio.Task[Any]) -> None:
        if task in self._waiting:
            self._waiting.remove(task)
        if not task.done():
            return
        if task.exception() is None:
            await self._manager.shutdown_kernel(task.result()["kernel_id"])
