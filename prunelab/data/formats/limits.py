"""Limits on the memory that a file needs, checked before it is read."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import psutil

from prunelab.data.formats.stored_arrays import StoredArray
from prunelab.errors import UsageError

__all__ = ["HARMLESS_BYTES", "check_inflation", "check_memory", "format_bytes"]

# The most compressible real files, such as blank images, stay below both.
_MAX_RATIO = 100
HARMLESS_BYTES = 1 << 30

_SAMPLE_BYTES = 4


def check_memory(path: Path, samples: Iterable[StoredArray], labels: int = 0) -> None:
    """Checks that samples fit into the memory that is free, as the float32 that they become.

    Args:
        path: The file, for errors.
        samples: Its samples.
        labels: Bytes of its labels.

    Raises:
        UsageError: where they do not.
    """
    needed = sum(math.prod(one.shape) for one in samples) * _SAMPLE_BYTES + labels
    free = psutil.virtual_memory().available
    if needed > free:
        raise UsageError(
            f"{path} holds {format_bytes(needed)} of data (samples as float32), more than the "
            f"{format_bytes(free)} of memory that are free: use fewer or smaller samples"
        )


def check_inflation(path: Path, packed: int, unpacked: int, mend: str) -> None:
    """Checks that a file is not a decompression bomb.

    Args:
        path: The file.
        packed: Compressed bytes.
        unpacked: Bytes after decompression, as the file claims.
        mend: What to do with a real file.

    Raises:
        UsageError: where it unpacks to more than a GB and 100 times its size.
    """
    if unpacked > max(HARMLESS_BYTES, _MAX_RATIO * packed):
        raise UsageError(
            f"{path}: {format_bytes(packed)} would come to {format_bytes(unpacked)}, more than "
            f"{_MAX_RATIO} times as much: {mend}"
        )


def format_bytes(count: float) -> str:
    """A number of bytes as text, such as `1.3 GB`."""
    for unit in ("bytes", "kB", "MB", "GB", "TB", "PB"):
        if count < 1000 or unit == "PB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:,.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")
