"""Paths that a user wrote: `~` is their home, and what cannot be looked at is one line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from prunelab.errors import UsageError

__all__ = ["MODELS_AT", "absolute", "exists", "is_file", "status", "user_path"]

MODELS_AT = "PRUNELAB_MODELS_AT"
"""The variable that says to a kernel's page where its server serves models; none in a notebook."""

_MOST_SHOWN = 80
_Found = TypeVar("_Found")


def user_path(written: str | os.PathLike[str]) -> Path:
    """The path that was written, with `~` or `~name` at its beginning as that user's home.

    A shell does the same before a command sees its words, but not within `FILE.py:NAME`,
    `--option=~/x`, a notebook, a form's field or an environment variable. As in a shell, a `~name`
    that nobody has stays as it is: there may be a file of that name.
    """
    path = Path(written)
    try:
        return path.expanduser()
    except (RuntimeError, ValueError):
        return path


def absolute(written: str | os.PathLike[str]) -> Path:
    """The path that was written, from the root on and without links: it means the same elsewhere.

    Raises:
        UsageError: where the system cannot follow it, such as links that go round in a circle.
    """
    path = user_path(written)
    status(path)  # Since Python 3.13 resolving alone says nothing of a circle.
    return _look(path, Path.resolve)


def exists(path: Path) -> bool:
    """Whether there is anything at a path.

    Raises:
        UsageError: where the system does not say, such as in a folder that may not be read.
    """
    return _look(path, Path.exists)


def is_file(path: Path) -> bool:
    """Whether there is a file at a path; errors as for `exists`."""
    return _look(path, Path.is_file)


def status(path: Path) -> os.stat_result | None:
    """What the system knows of what is at a path, links followed; None where there is nothing.

    Raises:
        UsageError: as for `exists`.
    """

    def look(path: Path) -> os.stat_result | None:
        try:
            return path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None

    return _look(path, look)


def _look(path: Path, look: Callable[[Path], _Found]) -> _Found:
    try:
        return look(path)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error).rstrip(".")
        # repr, since the characters that are wrong need not be visible.
        shown = repr(str(path)[:_MOST_SHOWN])
        raise UsageError(f"path {shown} cannot be looked at ({reason}): check it") from error
