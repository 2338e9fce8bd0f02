"""How many pages a machine can serve at once: each has a kernel of its own."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

__all__ = ["default_max_pages"]

_BYTES_A_PAGE = 150 * 2**20
"""A kernel takes some 85 MB, and more while it draws the charts of long runs."""

_PAGES_A_CORE = 8
_FEWEST = 2

_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
"""What a container may use, in the second and the first version of control groups."""


def default_max_pages() -> int:
    """As many pages as half of the memory holds, but no more than 8 for each core."""
    by_memory = _memory() // 2 // _BYTES_A_PAGE
    return max(_FEWEST, min(by_memory, _PAGES_A_CORE * (os.cpu_count() or 1)))


def _memory() -> int:
    """Bytes of memory, of the machine or of the container that this runs in."""
    limits: list[int] = [psutil.virtual_memory().total]
    for name in _LIMITS:
        path = Path(name)
        text = path.read_text().strip() if path.is_file() else ""
        if text.isdecimal():
            limits.append(int(text))
    return min(limits)
