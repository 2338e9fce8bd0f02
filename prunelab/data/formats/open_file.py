"""Opening a user's data file of any kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prunelab.data.formats.csv_table import open_csv_table
from prunelab.data.formats.file_kind import file_kind
from prunelab.data.formats.npz_file import open_npz
from prunelab.data.formats.npz_parts import npz_parts
from prunelab.data.formats.parquet_table import open_parquet
from prunelab.data.parts import Parts
from prunelab.errors import UsageError

__all__ = ["open_dataset"]


@contextmanager
def open_dataset(path: Path, target: str) -> Iterator[Parts]:
    """Opens a file and finds the parts of a data set in it; samples are read when requested.

    Args:
        path: The file.
        target: The column of a table that holds the labels; empty to find it by its name.

    Raises:
        UsageError: where there is no such file, or it cannot be trained on.
    """
    kind = file_kind(path)
    if kind != "npz":
        with (open_csv_table if kind == "csv" else open_parquet)(path, target) as parts:
            yield parts
        return
    if target:
        raise UsageError(
            f"target={target!r} does not go with {path}: the arrays of an .npz file have names, "
            "call the labels y_train and y_test"
        )
    with open_npz(path) as file:
        yield npz_parts(file)
