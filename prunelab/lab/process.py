"""Which process does a run, and whether it still lives."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass

import psutil

__all__ = ["HEARTBEAT_SECONDS", "Worker"]

HEARTBEAT_SECONDS = 2.0

# The system counts births from a boot time that a corrected clock moves; no number is given out
# again so soon.
_SAME_SECONDS = 30.0

# A worker on another machine is only known by its heartbeat.
_STALE_SECONDS = 15 * HEARTBEAT_SECONDS


@dataclass(frozen=True)
class Worker:
    """A process, named so that a later one with the same number is not taken for it.

    Attributes:
        host: Name of its machine.
        pid: Its number there.
        born: When it started, in seconds since the epoch, as the system tells it.
    """

    host: str
    pid: int
    born: float

    @classmethod
    def this(cls) -> Worker:
        """The calling process."""
        return cls.of(psutil.Process().pid)

    @classmethod
    def of(cls, pid: int) -> Worker:
        """The process of this machine with that number."""
        return cls(platform.node(), pid, psutil.Process(pid).create_time())

    def alive(self, heartbeat: float) -> bool:
        """Whether the process still lives.

        Args:
            heartbeat: When it last wrote to the lab, in seconds since the epoch.
        """
        if self.host != platform.node():
            return time.time() - heartbeat < _STALE_SECONDS
        try:
            process = psutil.Process(self.pid)
            ended = process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
            return abs(process.create_time() - self.born) < _SAME_SECONDS and not ended
        except psutil.NoSuchProcess:
            return False
