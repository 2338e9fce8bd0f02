"""A data set out of a Parquet file, read in blocks by pyarrow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from prunelab.data.formats.arrow_columns import LabelColumn, feature_matrix
from prunelab.data.formats.columns import Columns, choose_columns, text_column_error
from prunelab.data.formats.limits import check_inflation, check_memory
from prunelab.data.formats.stored_arrays import BLOCK_BYTES, Block, StoredArray
from prunelab.data.parts import Part, Parts
from prunelab.errors import UsageError, first_line

__all__ = ["open_parquet"]

_LABEL_ROWS = 1 << 16
_NUMBER_BYTES = 4


@contextmanager
def open_parquet(path: Path, target: str) -> Iterator[Parts]:
    """Opens a table; labels are read now, samples later.

    Args:
        path: The file.
        target: The column of the labels; empty to find it by its name.

    Raises:
        UsageError: where it is no table of numbers with a column of labels.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path, pre_buffer=False, buffer_size=65536) as file:
            yield _parts(path, file, target)
    except UsageError:
        raise
    # Column names that are not UTF-8 raise ValueError.
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        message = first_line(error, 200)
        raise UsageError(f"{path} is no Parquet file that can be read: {message}") from error


def _parts(path: Path, file: Any, target: str) -> Parts:
    import pyarrow as pa

    schema, rows = file.schema_arrow, file.metadata.num_rows
    names = list(schema.names)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"{path} has several columns {twice[0]!r}: give each a name of its own")
    columns = choose_columns(path, names, target)
    features = columns.feature_names
    wrong = [(name, str(schema.field(name).type)[:40]) for name in features
             if not _is_number(schema.field(name).type)]  # fmt: skip
    if wrong:
        raise text_column_error(path, wrong)
    if pa.types.is_nested(schema.field(columns.target).type):
        raise UsageError(
            f"{path}: {columns.shown_target} holds {str(schema.field(columns.target).type)[:40]}: "
            "give one class number or name a row"
        )
    if rows < 1:
        raise UsageError(f"{path} holds no row: give it some")
    groups = range(file.num_row_groups)
    if sum(file.metadata.row_group(one).num_rows for one in groups) != rows:
        raise _damaged(path)
    all_bytes = all(schema.field(name).type == pa.uint8() for name in features)
    x = StoredArray(
        "the table",
        (rows, len(features)),
        np.dtype(np.uint8 if all_bytes else np.float32),
        lambda: _blocks(path, file, columns),
        features,
    )
    size = path.stat().st_size
    check_inflation(path, size, rows * len(names) * _NUMBER_BYTES, "save it as an .npz file")
    check_memory(path, [x])
    labels = LabelColumn()
    for batch in file.iter_batches(_LABEL_ROWS, columns=[names[columns.target]]):
        labels.add(batch.column(names[columns.target]))
    found = labels.read(path, columns.shown_target)
    if len(found.codes) != rows:
        raise _damaged(path)
    return Parts(Part(x, found), notes=list(columns.notes))


def _blocks(path: Path, file: Any, columns: Columns) -> Iterator[Block]:
    """Some columns of a row group at a time: by rows, a page of every column stays in memory."""
    names, begin = columns.feature_names, 0
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        width = max(BLOCK_BYTES // max(rows * _NUMBER_BYTES, 1), 1)
        for first in range(0, len(names) if rows else 0, width):
            wanted = names[first : first + width]
            table = file.read_row_group(group, columns=list(wanted), use_threads=False)
            # By name: requested for "a", pyarrow also gives "a.b".
            read = [table.column(name).combine_chunks() for name in wanted]
            if any(len(column) != rows for column in read):
                raise _damaged(path)
            values = feature_matrix(path, read, wanted, begin)
            yield Block(begin, (slice(first, first + len(wanted)),), values)
        begin += rows


def _damaged(path: Path) -> UsageError:
    return UsageError(f"{path} holds another number of rows than it says: save it again")


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_decimal(kind)
    )
