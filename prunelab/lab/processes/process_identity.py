"""Which process does a run, and whether it still lives."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psutil

__all__ = ["HEARTBEAT_SECONDS", "Worker", "monotonic_now"]

HEARTBEAT_SECONDS = 2.0

# Where only start times are known: the system may count them from a boot time that shifts when the
# clock is corrected; a process number is not reused so soon.
_SAME_BIRTH_SECONDS = 30.0

# A process that cannot be looked up is judged by its heartbeat alone.
_SILENT_SECONDS = 15 * HEARTBEAT_SECONDS

# Clocks of two machines may differ by minutes.
_SILENT_SECONDS_ELSEWHERE = 20 * 60.0


@dataclass(frozen=True)
class Worker:
    """A process, identified so that a later one with the same number is not taken for it.

    Attributes:
        host: Name of its machine.
        pid: Its number there.
        born: When it started, in seconds since the epoch, as the system says.
        boot: On Linux, the boot of its machine and the namespace that its number counts in.
        ticks: On Linux, when it started, in clock ticks after that boot. Setting the clock changes
            neither of the two.
    """

    host: str
    pid: int
    born: float
    boot: str | None = None
    ticks: int | None = None

    @classmethod
    def this(cls) -> Worker:
        """The calling process."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> Worker:
        """The process of this machine with that number."""
        found = _stat(pid)
        return cls(
            platform.node(),
            pid,
            psutil.Process(pid).create_time(),
            None if found is None else _boot(),
            None if found is None else found[1],
        )

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Worker | None:
        """The process that a row of the table of runs names; None where it names none."""
        host, pid, born = row.get("host"), row.get("pid"), row.get("born")
        boot, ticks = row.get("boot"), row.get("ticks")
        if not (isinstance(pid, int) and pid > 0 and isinstance(born, int | float)):
            return None
        if not (isinstance(boot, str) and isinstance(ticks, int)):
            boot = ticks = None
        return cls(str(host), pid, float(born), boot, ticks)

    def columns(self) -> dict[str, Any]:
        """What `of_row` reads."""
        return {
            "host": self.host,
            "pid": self.pid,
            "born": self.born,
            "boot": self.boot,
            "ticks": self.ticks,
        }

    def alive(self, heartbeat: float, beat: float | None = None) -> bool:
        """Whether the process still lives.

        Args:
            heartbeat: When it last wrote to the lab, in seconds since the epoch.
            beat: The same on the clock of `monotonic_now` there.
        """
        exact = self._known_alive()
        return self._heartbeat_is_recent(heartbeat, beat) if exact is None else exact

    def end(self) -> bool:
        """Sends SIGTERM; returns whether the process was there."""
        if self._known_alive() is not True:
            return False
        try:
            psutil.Process(self.pid).terminate()
        except psutil.Error:
            return False
        return True

    def _known_alive(self) -> bool | None:
        """Whether the system lists the process; None where it cannot know, or is not sure."""
        if self.boot is not None:
            if self.boot != _boot():
                return None
            found = _stat(self.pid)
            if found is not None:
                return found[1] == self.ticks and found[0] not in ("Z", "X")
            # Linux may hide processes of other users; their numbers exist all the same.
            return None if psutil.pid_exists(self.pid) else False
        if self.host != platform.node():
            return None
        try:
            process = psutil.Process(self.pid)
            if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
                return False
            return True if abs(process.create_time() - self.born) < _SAME_BIRTH_SECONDS else None
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return None

    def _heartbeat_is_recent(self, heartbeat: float, beat: float | None) -> bool:
        here = _boot()
        if (
            beat is not None
            and self.boot is not None
            and here is not None
            and self.boot.split()[0] == here.split()[0]
        ):
            # The same boot of the same machine, seen from another container: they share this clock.
            return monotonic_now() - beat < _SILENT_SECONDS
        far = self.host != platform.node()
        return time.time() - heartbeat < (_SILENT_SECONDS_ELSEWHERE if far else _SILENT_SECONDS)


def monotonic_now() -> float:
    """Seconds since this boot, without sleep; setting the clock does not change them."""
    return time.monotonic()


@cache
def _boot() -> str | None:
    """This boot of this machine, and the namespace that numbers of processes count in here."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        space = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return None
    return f"{boot} {space}" if boot else None


def _stat(pid: int) -> tuple[str, int] | None:
    """State and start of a process, in clock ticks after the boot, where Linux says so."""
    if _boot() is None:
        return None
    try:
        # Fields follow the name in brackets, which may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return fields[0], int(fields[19])
    except (OSError, ValueError, IndexError):
        return None
