"""A data set out of a CSV file, read in blocks by pyarrow."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import psutil

from prunelab.data.formats.arrow_columns import LabelColumn, feature_matrix
from prunelab.data.formats.columns import (
    Columns,
    bad_value_error,
    choose_columns,
    text_column_error,
)
from prunelab.data.formats.csv_text import BOOLEANS, MISSING, CsvText, csv_text
from prunelab.data.formats.limits import check_inflation, format_bytes
from prunelab.data.formats.stored_arrays import BLOCK_BYTES, Array, Block, StoredArray
from prunelab.data.parts import Part, Parts
from prunelab.errors import UsageError, first_line

__all__ = ["open_csv_table"]

_GZIP = b"\x1f\x8b"
_BAD_VALUE = re.compile(r"In CSV column #(\d+): (?:Row #(\d+): )?.*invalid value '(.*)'", re.S)
_BAD_ROW = re.compile(r"(?:Row #(\d+): )?Expected (\d+) columns, got (\d+)")
_MAX_SHOWN = 40


@contextmanager
def open_csv_table(path: Path, target: str) -> Iterator[Parts]:
    """Reads a table; its samples are kept as float32 until they are requested.

    Args:
        path: The file, which may be packed by gzip.
        target: The column of the labels; empty to find it by its name.

    Raises:
        UsageError: where it is no table of numbers with a column of labels.
    """
    try:
        with _UncompressedFile(path) as file:
            head = file.read(BLOCK_BYTES)
            text = csv_text(path, head, len(head) < BLOCK_BYTES)
        columns = choose_columns(path, text.names, target, numbered=not text.has_names)
        with _UncompressedFile(path) as file:
            yield _read(path, io.BufferedReader(file, BLOCK_BYTES), text, columns)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{path} cannot be read: {first_line(error)}: save it again") from error


def _read(path: Path, file: IO[bytes], text: CsvText, columns: Columns) -> Parts:
    import pyarrow as pa
    from pyarrow import csv

    types = _types(path, text, columns)
    names = [f"c{number}" for number in range(len(columns.names))]
    wanted = [names[feature] for feature in (columns.target, *columns.features)]
    free = psutil.virtual_memory().available
    labels, blocks, row = LabelColumn(), [], 0
    try:
        reader = csv.open_csv(
            file,
            read_options=csv.ReadOptions(
                column_names=names,
                skip_rows=text.skip,
                block_size=BLOCK_BYTES,
                use_threads=False,  # With threads, errors do not give the row.
            ),
            parse_options=csv.ParseOptions(delimiter=text.delimiter),
            convert_options=csv.ConvertOptions(
                column_types=types,
                include_columns=wanted,
                null_values=MISSING,
                decimal_point=text.decimal,
                true_values=[word for word, truth in BOOLEANS.items() if truth],
                false_values=[word for word, truth in BOOLEANS.items() if not truth],
            ),
        )
        for batch in reader:
            labels.add(batch.column(0))
            blocks.append(feature_matrix(path, batch.columns[1:], columns.feature_names, row))
            row += len(batch)
            if row * len(wanted) * blocks[-1].itemsize > free:
                raise UsageError(
                    f"{path} holds more samples than the {format_bytes(free)} of memory that "
                    "are free can take: use fewer"
                )
    except pa.ArrowException as error:
        raise _table_error(path, text, columns, str(error)) from error
    if not row:
        raise UsageError(f"{path} holds names of columns and no row: give it some")
    x = StoredArray(
        "the table",
        (row, len(columns.features)),
        np.dtype(np.float32),
        lambda: _each_once(blocks),
        columns.feature_names,
    )
    return Parts(Part(x, labels.read(path, columns.shown_target)), notes=list(columns.notes))


def _each_once(blocks: list[Array]) -> Iterator[Block]:
    """Gives each block once and then frees it, so that samples are not in memory twice."""
    blocks.reverse()
    begin = 0
    while blocks:
        values = blocks.pop()
        yield Block(begin, (), values)
        begin += len(values)


def _types(path: Path, text: CsvText, columns: Columns) -> dict[str, Any]:
    """The type of each column to read, by the first rows.

    Raises:
        UsageError: where a feature holds text.
    """
    import pyarrow as pa

    types, wrong = {f"c{columns.target}": pa.string()}, []
    for feature in columns.features:
        cells = [row[feature].strip() for row in text.first_rows]
        given = [cell for cell in cells if cell not in MISSING]
        if given and all(cell in BOOLEANS for cell in given):
            types[f"c{feature}"] = pa.bool_()
            continue
        types[f"c{feature}"] = pa.float64()
        bad = [cell for cell in given if not text.is_number(cell)]
        if bad:
            wrong.append((columns.names[feature], repr(bad[0][:_MAX_SHOWN])))
    if wrong:
        raise text_column_error(path, wrong)
    return types


def _table_error(path: Path, text: CsvText, columns: Columns, message: str) -> UsageError:
    """An error for pyarrow's message, which names row and column."""
    name_rows = int(text.has_names)
    if found := _BAD_VALUE.search(message):
        column, row, value = columns.names[int(found[1])], found[2], repr(found[3][:_MAX_SHOWN])
        if row is None:
            return text_column_error(path, [(column, value)])
        return bad_value_error(path, column, int(row) - name_rows, value)
    if found := _BAD_ROW.search(message):
        where = f"row {int(found[1]) - name_rows:,}" if found[1] else "a row"
        return UsageError(
            f"{path}: {where} has {found[3]} values, not {found[2]}: give each row as many"
        )
    if "straddling" in message:
        return UsageError(
            f"{path}: a line is longer than {format_bytes(BLOCK_BYTES)}, which no table has: "
            "save it as .csv, a line a sample"
        )
    if "UTF8" in message:
        return UsageError(f"{path} is not written in UTF-8: save it so")
    reason = message.splitlines()[0][:200]
    return UsageError(f"{path} is no table: {reason}: save it again as .csv")


class _UncompressedFile(io.RawIOBase):
    """The text of a file, unpacked where it is gzipped, up to the limit of `check_inflation`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._raw = path.open("rb")
        is_gzip = self._raw.read(2) == _GZIP
        self._raw.seek(0)
        self._file: Any = gzip.GzipFile(fileobj=self._raw) if is_gzip else self._raw
        self._size = path.stat().st_size
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._read += len(data)
        check_inflation(self._path, self._size, self._read, "unpack it")
        return len(data)

    def close(self) -> None:
        self._file.close()
        self._raw.close()
        super().close()
