"""The kind of a data file, determined without reading what cannot be data."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from prunelab.errors import UsageError
from prunelab.user_files.paths import status

__all__ = ["ENDINGS", "file_kind", "is_table"]

# File endings, with the kind that they are read as.
ENDINGS = {
    ".npz": "npz",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".data": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_PACKED = ".gz"

_ARRAYS = "np.savez(path, x_train=..., y_train=..., x_test=..., y_test=...)"
_TABLE = "save its table as .csv or .parquet"
_MENDS = {
    ".npy": f"it is one array without labels, save it with them: {_ARRAYS}",
    ".pkl": f"pickles run code and are never loaded, save the arrays: {_ARRAYS}",
    ".pickle": f"pickles run code and are never loaded, save the arrays: {_ARRAYS}",
    ".joblib": f"pickles run code and are never loaded, save the arrays: {_ARRAYS}",
    ".pt": f"save its arrays: {_ARRAYS}",
    ".pth": f"save its arrays: {_ARRAYS}",
    ".h5": f"save its arrays: {_ARRAYS}",
    ".hdf5": f"save its arrays: {_ARRAYS}",
    ".mat": f"load it with scipy.io.loadmat and save its arrays: {_ARRAYS}",
    ".keras": "it is a model, give it with --model",
    ".xlsx": _TABLE,
    ".xls": _TABLE,
    ".ods": _TABLE,
    ".json": _TABLE,
    ".jsonl": _TABLE,
    ".feather": _TABLE,
    ".arrow": _TABLE,
    ".arff": _TABLE,
    ".zip": "unpack it and give a file out of it",
    ".tar": "unpack it and give a file out of it",
    ".tgz": "unpack it and give a file out of it",
    ".gz": "unpack it and give a file out of it",
}

# First bytes of files whose endings say nothing.
_BEGINNINGS = {b"PK\x03\x04": "npz", b"PAR1": "parquet"}


def file_kind(path: Path) -> str:
    """The kind of the file at a path: "npz", "csv" or "parquet".

    Only a regular file is opened: a pipe would block, a device may be endless.

    Raises:
        UsageError: for anything else.
    """
    found = status(path)
    if found is None:
        raise UsageError(f"dataset file {path} does not exist: check the path")
    if stat.S_ISDIR(found.st_mode):
        raise UsageError(f"dataset {path} is a folder: give a FILE.npz, .csv or .parquet")
    if not stat.S_ISREG(found.st_mode):
        raise UsageError(
            f"dataset {path} is {_nature(found.st_mode)}, not a file: save the data to a file"
        )
    ending = _ending(path)
    kind = ENDINGS.get(ending)
    if kind is None and ending not in _MENDS:
        kind = _BEGINNINGS.get(_beginning(path))
    if kind is None:
        mend = _MENDS.get(ending, f"give a file that ends in {', '.join(ENDINGS)}")
        raise UsageError(f"dataset {path} is of a kind that is not read ({ending or '?'}): {mend}")
    _beginning(path)  # Raises here, for all kinds alike, where it may not be read.
    return kind


def is_table(name: str) -> bool:
    """Whether a file of that name is a table, with a column of labels."""
    return ENDINGS.get(_ending(Path(name))) in ("csv", "parquet")


def _ending(path: Path) -> str:
    """The ending of its name in lower case; of a gzipped table, the one before `.gz`."""
    name = Path(path.name.lower())
    bare = Path(name.stem)
    if name.suffix == _PACKED and ENDINGS.get(bare.suffix) == "csv":
        return bare.suffix
    return name.suffix


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4)
    except OSError as error:
        reason = error.strerror or os.strerror(error.errno or 0)
        raise UsageError(f"{path} cannot be read: {reason}, check its permissions") from error


def _nature(mode: int) -> str:
    for is_it, nature in (
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    ):
        if is_it(mode):
            return nature
    return "something of the system's"
