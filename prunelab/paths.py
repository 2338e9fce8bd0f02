"""Looking at paths that a user wrote, with what cannot be looked at told in a line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from prunelab.errors import UsageError

__all__ = ["exists", "is_file"]


def exists(path: Path) -> bool:
    """Whether there is anything at a path.

    Raises:
        UsageError: where the system does not say, such as in a folder that may not be read.
    """
    return _look(path, Path.exists)


def is_file(path: Path) -> bool:
    """Whether there is a file at a path; errors as for `exists`."""
    return _look(path, Path.is_file)


def _look(path: Path, look: Callable[[Path], bool]) -> bool:
    try:
        return look(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        shown = repr(str(path))
        raise UsageError(f"path {shown[:80]} cannot be looked at ({reason}): check it") from error
