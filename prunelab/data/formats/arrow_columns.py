"""Columns of pyarrow, of CSV and Parquet alike, as labels and as a matrix of samples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from prunelab.data.formats.columns import bad_value_error
from prunelab.data.formats.stored_arrays import Array
from prunelab.data.labels import Labels, labels_of

__all__ = ["LabelColumn", "feature_matrix"]


class LabelColumn:
    """The column of the labels, collected from its blocks."""

    def __init__(self) -> None:
        self._positions: dict[Any, int] = {}
        self._codes: list[Array] = []

    def add(self, column: Any) -> None:
        """Adds the next block, an array of pyarrow's."""
        import pyarrow as pa

        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode(null_encoding="encode")
        values = [*column.dictionary.to_pylist(), None]
        positions = [self._positions.setdefault(value, len(self._positions)) for value in values]
        table = np.array(positions, np.int32)
        codes = column.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False)
        self._codes.append(table[codes])

    def read(self, path: Path, name: str) -> Labels:
        """The labels.

        Raises:
            UsageError: where they are no classes.
        """
        codes = np.concatenate(self._codes).astype(np.int64)
        used = np.unique(codes)
        values = list(self._positions)
        return labels_of(path, name, [values[one] for one in used], np.searchsorted(used, codes))


def feature_matrix(path: Path, columns: Sequence[Any], names: Sequence[str], row: int) -> Array:
    """Some rows of the features as float32.

    Args:
        path: The file, for errors.
        columns: Arrays of pyarrow's, of numbers or bools, all of one length.
        names: Their names.
        row: How many rows came before, for errors.

    Raises:
        UsageError: where a value is missing.
    """
    import pyarrow as pa

    block = np.empty((len(columns[0]), len(columns)), np.float32)
    for position, column in enumerate(columns):
        if column.null_count:
            first = row + int(column.is_null().to_numpy(zero_copy_only=False).argmax()) + 1
            raise bad_value_error(path, names[position], first, "no value")
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if pa.types.is_decimal(column.type):
            column = column.cast(pa.float64())
        with np.errstate(over="ignore"):
            block[:, position] = column.to_numpy(zero_copy_only=False)
    return block
