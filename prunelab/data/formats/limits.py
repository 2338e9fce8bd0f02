"""How much a file may come to: what is asked of the machine is known before it is read."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import psutil

from prunelab.data.formats.stored_arrays import Stored
from prunelab.errors import UsageError

__all__ = ["check_inflation", "check_memory", "written_bytes"]

# The densest honest files, such as blank images, stay below both.
_MOST_TIMES = 100
_HARMLESS_BYTES = 1 << 30

_SAMPLE_BYTES = 4


def check_memory(path: Path, samples: Iterable[Stored], labels: int = 0) -> None:
    """Checks that samples fit into the memory that is free, as the float32 that they become.

    Args:
        path: The file, for errors.
        samples: Its samples.
        labels: Bytes of its labels.

    Raises:
        UsageError: where they do not.
    """
    asked = sum(math.prod(one.shape) for one in samples) * _SAMPLE_BYTES + labels
    free = psutil.virtual_memory().available
    if asked > free:
        raise UsageError(
            f"{path} holds {written_bytes(asked)} of data (samples as float32), more than the "
            f"{written_bytes(free)} of memory that are free: use fewer or smaller samples"
        )


def check_inflation(path: Path, packed: int, unpacked: int, mend: str) -> None:
    """Checks that a file is no bomb: a small one that comes to more than any disk.

    Args:
        path: The file.
        packed: Bytes of what is read of it.
        unpacked: Bytes that it says these come to.
        mend: What to do with an honest file.

    Raises:
        UsageError: where it comes to more than a GB and 100 times its size.
    """
    if unpacked > max(_HARMLESS_BYTES, _MOST_TIMES * packed):
        raise UsageError(
            f"{path}: {written_bytes(packed)} would come to {written_bytes(unpacked)}, more than "
            f"{_MOST_TIMES} times as much: {mend}"
        )


def written_bytes(count: float) -> str:
    """A number of bytes as one reads it, such as `1.3 GB`."""
    for unit in ("bytes", "kB", "MB", "GB", "TB", "PB"):
        if count < 1000 or unit == "PB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:,.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")
