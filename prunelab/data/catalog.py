"""The data sets that are known by name, and what is known of each before it is loaded."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from prunelab.data.formats.file_kind import ENDINGS
from prunelab.data.formats.open_file import open_dataset
from prunelab.data.info import DatasetInfo
from prunelab.data.reading import describe_parts
from prunelab.data.scaling import read_scale
from prunelab.errors import UsageError
from prunelab.user_files.paths import exists, status, user_path

__all__ = ["DATASETS", "describe", "file_of"]

DATASETS = {
    # 1,797 images of scikit-learn, of which a fixed fifth is the test part.
    "digits": DatasetInfo(1437, 360, (8, 8), 10),
    "mnist": DatasetInfo(60_000, 10_000, (28, 28), 10),
    "fashion_mnist": DatasetInfo(60_000, 10_000, (28, 28), 10),
    "cifar10": DatasetInfo(50_000, 10_000, (32, 32, 3), 10),
}

# A description is read anew when one changes: time of the last change, size and inode.
_FileState = tuple[int, int, int]


def describe(name: str, scale: str = "auto", target: str = "") -> DatasetInfo:
    """Describes a data set: its size, and decisions on how it is read.

    Args:
        name: One of `DATASETS`, or the path of an `.npz`, CSV or Parquet file.
        scale: How samples are scaled (see `prunelab.data.scaling`).
        target: The column of a table that holds the labels; empty to find it by its name.

    Raises:
        UsageError: for an unknown name, or a file that cannot be trained on.
    """
    path = file_of(name, target)
    scale = read_scale(scale)
    if path is None:
        return DATASETS[name]
    found = status(path)
    file_state = (found.st_mtime_ns, found.st_size, found.st_ino) if found else (0, 0, 0)
    answer = _describe_file(path, file_state, scale, target)
    if isinstance(answer, str):
        raise UsageError(answer)
    return answer


def file_of(name: str | os.PathLike[str], target: str = "") -> Path | None:
    """The file that a data set lies in; None for one of `DATASETS`.

    Raises:
        UsageError: where the name is neither, or a target is given for something else than a table.
    """
    name = os.fspath(name)
    if name in DATASETS:
        if target:
            raise UsageError(f"target={target!r} does not go with {name}: it is for tables alone")
        return None
    path = user_path(name)
    if "://" in name:
        raise UsageError(f"dataset {name!r} is an address: download it, and give the file's path")
    if path.suffix.lower() not in ENDINGS and not exists(path):
        raise UsageError(
            f"dataset {name!r} is not known: use one of {', '.join(DATASETS)}, "
            "or the path of a FILE.npz, .csv or .parquet"
        )
    return path


@lru_cache(maxsize=32)
def _describe_file(
    path: Path, file_state: _FileState, scale: str, target: str
) -> DatasetInfo | str:
    """Reads a file once for as long as it stays unchanged: a form asks at every key press.

    Returns:
        What it holds, or the error why it cannot be trained on, which is cached as well.
    """
    try:
        with open_dataset(path, target) as parts:
            return describe_parts(path, parts, scale)
    except UsageError as error:
        return str(error)
