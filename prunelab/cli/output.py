"""The two streams that a command writes to: they may be full, closed, or lack characters."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import Any, TextIO, cast

__all__ = ["Output", "open_outputs"]

_CLOSED = OSError("it is closed")


class Output:
    r"""A text stream where what cannot be written is left out, and never raises.

    A command goes on without it: a run that is followed ends all the same, and its exit code shows
    how. Letters that the stream's encoding does not have are written as escapes such as `\u2713`.

    Args:
        stream: The stream; None for one that was closed before Python began.
        on_failure: Called with the error when writing fails first; a reader that has seen enough,
            such as `head`, is no failure.

    Attributes:
        failed: Whether something was left out that somebody may miss.
    """

    def __init__(self, stream: TextIO | None, on_failure: Any = None) -> None:
        self._stream = stream
        self._on_failure = on_failure
        self._ended = False
        self.failed = False
        self.encoding = getattr(stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Writes a text, as far as it goes."""
        if self._stream is None:
            self._fail(_CLOSED)
        elif not self._ended:
            known = text.encode(self.encoding, "backslashreplace").decode(self.encoding)
            try:
                self._stream.write(known)
            except OSError as error:
                self._fail(error)
        return len(text)

    def flush(self) -> None:
        """Writes what is held back."""
        if self._stream is not None and not self._ended:
            try:
                self._stream.flush()
            except OSError as error:
                self._fail(error)

    def isatty(self) -> bool:
        """Whether somebody looks at it in a terminal."""
        return self._stream is not None and self._stream.isatty()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _fail(self, error: OSError) -> None:
        if self._ended:
            return
        self._ended = True
        # Python flushes the stream once more as it exits, and would print an error of its own.
        with suppress(OSError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), cast(TextIO, self._stream).fileno())
        if not isinstance(error, BrokenPipeError):
            self.failed = True
            if self._on_failure is not None:
                self._on_failure(error)


@contextmanager
def open_outputs() -> Iterator[Output]:
    """Replaces each of Python's two streams by an `Output`, for the block.

    Yields:
        The one of `sys.stdout`.
    """
    _take_closed_numbers()
    err = Output(sys.stderr)

    def report(error: OSError) -> None:
        reason = error.strerror or error
        err.write(f"prunelab: the output cannot be written ({reason}): send it elsewhere\n")

    out = Output(sys.stdout, report)
    with redirect_stdout(cast(TextIO, out)), redirect_stderr(cast(TextIO, err)):
        try:
            yield out
        finally:
            out.flush()
            err.flush()


def _take_closed_numbers() -> None:
    """Keeps the next file that is opened from getting a closed stream's number, and its output."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free.
            os.open(os.devnull, os.O_RDWR)
