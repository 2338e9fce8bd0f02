"""The processes that compute what the parity tests compare, waited for as long as they work."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest

SILENCE = 1800.0
"""Seconds without a line of progress after which a process counts as stuck.

A line comes every few seconds. A slow machine is waited for, however long all of it takes.
"""

_BEHIND = 10
"""By how much the processes are `nice`, so that the tests that run meanwhile are not slowed."""


class Side:
    """One process. Each line that it writes to its standard output is a sign of progress."""

    def __init__(
        self, folder: Path, command: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        """Starts it.

        Args:
            folder: Where its output is kept.
            command: What to call this Python with: a script and its arguments.
            environment: All of its environment.
        """
        self.name = " ".join(Path(word).name for word in (command[0], *command[2:]))
        self._progress = folder / f"{self.name}.progress"
        self._errors = folder / f"{self.name}.errors"
        with self._progress.open("w") as stdout, self._errors.open("w") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, *command], env=dict(environment), stdout=stdout, stderr=stderr
            )
        with suppress(OSError):  # It has ended already.
            os.setpriority(os.PRIO_PROCESS, self._process.pid, _BEHIND)
        self._seen, self._seen_at = 0, monotonic()

    def wait(self, seconds: float) -> bool:
        """Waits for its end; returns whether it has ended by then."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.returncode is not None

    def problem(self, silence: float, now: float) -> str:
        """What is wrong with it: it failed, or is stuck. Empty where nothing is.

        Args:
            silence: The seconds without progress that are allowed.
            now: The time as `monotonic` has it.
        """
        if size := self._progress.stat().st_size - self._seen:
            self._seen, self._seen_at = self._seen + size, now
        if self._process.returncode:
            end = self._errors.read_text()[-3000:]
            return f"{self.name} ended with code {self._process.returncode}:\n{end}"
        if self._process.returncode is None and now - self._seen_at >= silence:
            last = (self._progress.read_text().splitlines() or ["its start"])[-1]
            return f"{self.name} has made no progress for {silence:g} seconds, after {last}"
        return ""

    def end(self) -> None:
        """Kills it, if it still runs."""
        self._process.kill()
        self._process.wait()


class Sides:
    """All processes of a session. Their results are there when the first test asks for them."""

    def __init__(
        self,
        folder: Path,
        sides: Sequence[Side],
        silence: float = SILENCE,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Takes processes that have been started; see `Side.problem` for `silence` and `clock`."""
        self._folder, self._sides = folder, sides
        self._silence, self._clock = silence, clock
        self._waited = self._failed = False

    def results(self) -> Path:
        """The folder with all results.

        Where a process failed, the test that asks first fails with the reason. The others cannot
        compare anything: they are skipped, so that one cause is one error.
        """
        if self._failed:
            pytest.skip("a process of the parity tests failed: the first error says how")
        if not self._waited:
            problem = self._wait()
            self._waited, self._failed = True, bool(problem)
            if problem:
                self.end()
                pytest.fail(problem, pytrace=False)
        return self._folder

    def end(self) -> None:
        """Kills whatever still runs."""
        for side in self._sides:
            side.end()

    def _wait(self) -> str:
        running = list(self._sides)
        while running:
            running = [side for side in running if not side.wait(0.2)]
            for side in self._sides:
                if problem := side.problem(self._silence, self._clock()):
                    return problem
        return ""
