"""A user's own data: what a file of any kind holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prunelab.data.formats.csv_table import opened_csv
from prunelab.data.formats.file_kind import file_kind
from prunelab.data.formats.npz_file import opened_npz
from prunelab.data.formats.npz_parts import parts_of
from prunelab.data.formats.parquet_table import opened_parquet
from prunelab.data.parts import Parts
from prunelab.errors import UsageError

__all__ = ["opened"]


@contextmanager
def opened(path: Path, target: str) -> Iterator[Parts]:
    """Opens a file and finds the parts of a data set in it; samples are read when asked for.

    Args:
        path: The file.
        target: The column of a table that holds the labels; empty to find it by its name.

    Raises:
        UsageError: where there is no such file, or it does not hold what it must.
    """
    kind = file_kind(path)
    if kind != "npz":
        with (opened_csv if kind == "csv" else opened_parquet)(path, target) as parts:
            yield parts
        return
    if target:
        raise UsageError(
            f"target={target!r} does not go with {path}: the arrays of an .npz file have names, "
            "call the labels y_train and y_test"
        )
    with opened_npz(path) as file:
        yield parts_of(file)
