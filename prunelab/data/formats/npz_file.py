"""The arrays of an `.npz` file: headers first, then data in blocks."""

from __future__ import annotations

import io
import math
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from prunelab.data.formats.limits import check_inflation, format_bytes
from prunelab.data.formats.stored_arrays import BLOCK_BYTES, Array, Block, StoredArray
from prunelab.errors import UsageError, first_line

__all__ = ["Member", "NpzFile", "open_npz"]

# NumPy refuses longer headers too, but only after reading them into memory.
_MAX_HEADER_BYTES = 10_000
_MAX_MESSAGE = 200
_KNOWN_COMPRESSION = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1

_READ_HEADER = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}

_DAMAGE = (
    ValueError,
    TypeError,
    SyntaxError,
    OSError,
    EOFError,
    KeyError,
    RuntimeError,
    OverflowError,
    struct.error,
    zlib.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
)


@dataclass(frozen=True)
class Member:
    """One array of the file.

    Attributes:
        name: Its name, without `.npy`.
        shape: Its shape.
        dtype: Its type.
        begin: Bytes before its data.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    begin: int
    _path: Path
    _archive: zipfile.ZipFile
    _info: zipfile.ZipInfo
    _by_columns: bool

    @property
    def nbytes(self) -> int:
        """Bytes of the array in memory, as it is stored."""
        return math.prod(self.shape) * self.dtype.itemsize

    def stored(self) -> StoredArray:
        """The array, read in blocks."""
        return StoredArray(self.name, self.shape, self.dtype, self._blocks)

    def whole(self) -> Array:
        """All of the array.

        Raises:
            UsageError: where the file is damaged.
        """
        memory = np.empty(math.prod(self.shape), self.dtype)
        raw, filled = memory.view(np.uint8), 0
        for piece in self._pieces(BLOCK_BYTES):
            raw[filled : filled + len(piece)] = np.frombuffer(piece, np.uint8)
            filled += len(piece)
        if self._by_columns:
            return memory.reshape(self.shape[::-1]).T
        return memory.reshape(self.shape)

    def _blocks(self) -> Iterator[Block]:
        # In Fortran order the last index is the slowest: a piece holds a part of all rows.
        stored = self.shape[::-1] if self._by_columns else self.shape
        row_bytes = self.nbytes // stored[0]
        # So that a block of bytes is not four times as large as float32.
        most_at_once = BLOCK_BYTES * min(self.dtype.itemsize, 4) // 4
        begin = 0
        for piece in self._pieces(max(most_at_once // row_bytes, 1) * row_bytes):
            values = np.frombuffer(piece, self.dtype).reshape(-1, *stored[1:])
            end = begin + len(values)
            if self._by_columns:
                all_of_it = (slice(None),) * (len(stored) - 2)
                yield Block(0, (*all_of_it, slice(begin, end)), values.T)
            else:
                yield Block(begin, (), values)
            begin = end

    def _pieces(self, size: int) -> Iterator[bytes]:
        with _plain_errors(self._path, self.name), self._archive.open(self._info) as file:
            file.read(self.begin)
            remaining = self.nbytes
            while remaining:
                piece = file.read(min(size, remaining))
                if not piece or (len(piece) < size and len(piece) < remaining):
                    raise EOFError("it ends too early")
                remaining -= len(piece)
                yield piece
            # Reading past the end makes zipfile compare the checksum.
            file.read(1)


class NpzFile:
    """An open file: its names are known; headers are read when arrays are requested.

    Nothing in it is ever unpickled.
    """

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path = path
        self._archive = archive
        self._infos: dict[str, zipfile.ZipInfo] = {}
        for info in archive.infolist():
            name = info.filename.removesuffix(".npy")
            if name in self._infos:
                raise UsageError(f"{path} holds {name!r} twice: save it anew, each name once")
            self._infos[name] = info

    @property
    def names(self) -> list[str]:
        """The names of its arrays."""
        return list(self._infos)

    def member(self, name: str) -> Member:
        """One array, of which the header alone is read.

        Raises:
            UsageError: where it holds neither numbers nor text, or its header is wrong.
        """
        info = self._infos[name]
        if info.flag_bits & _ENCRYPTED:
            raise UsageError(f"{self.path}: {name} is encrypted: save it without a password")
        if info.compress_type not in _KNOWN_COMPRESSION:
            raise UsageError(
                f"{self.path}: {name} is packed in a way that NumPy does not use: "
                "save it with np.savez or np.savez_compressed"
            )
        with _plain_errors(self.path, name):
            shape, by_columns, dtype, begin = self._header(info)
        member = Member(name, shape, dtype, begin, self.path, self._archive, info, by_columns)
        self._check(member, info)
        return member

    def _header(self, info: zipfile.ZipInfo) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
        with self._archive.open(info) as file:
            stream = io.BytesIO(file.read(_MAX_HEADER_BYTES))
        read = _READ_HEADER.get(np.lib.format.read_magic(stream))
        if read is None:
            raise ValueError("its format is none that NumPy writes for plain arrays")
        with warnings.catch_warnings():
            # NumPy warns of files that Python 2 wrote, which it reads.
            warnings.simplefilter("ignore", UserWarning)
            try:
                shape, by_columns, dtype = read(stream)
            except MemoryError as error:  # Python's parser raises it for deeply nested brackets.
                raise ValueError("its header is no plain one") from error
        if dtype.hasobject:
            raise UsageError(
                f"{self.path}: {info.filename.removesuffix('.npy')} holds no plain arrays: Python "
                "objects are never loaded, save y.astype(str) for names, x.astype('float32') for "
                "numbers"
            )
        if dtype.itemsize == 0 or dtype.kind == "V" or min(shape, default=1) < 0:
            raise ValueError(f"it holds {dtype} of shape {shape}, no numbers")
        return shape, by_columns and len(shape) > 1, dtype, stream.tell()

    def _check(self, member: Member, info: zipfile.ZipInfo) -> None:
        holds = info.file_size - member.begin
        if member.nbytes != holds:
            raise UsageError(
                f"{self.path}: {member.name} claims {format_bytes(member.nbytes)} "
                f"{member.shape} and holds {format_bytes(holds)}: it is damaged, save it again"
            )
        check_inflation(
            self.path, info.compress_size, info.file_size, "save it with np.savez, which packs not"
        )


@contextmanager
def open_npz(path: Path) -> Iterator[NpzFile]:
    """Opens a file; no array is read yet.

    Raises:
        UsageError: where it is no `.npz` file, or cannot be read.
    """
    with _plain_errors(path), _BoundedFile(path) as file:
        try:
            archive = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            raise UsageError(
                f"{path} is not an .npz file: make one with np.savez(path, x_train=..., ...)"
            ) from error
        file.most_at_once = None
        with archive:
            yield NpzFile(path, archive)


class _BoundedFile(io.FileIO):
    """A file that refuses to read much at once.

    zipfile reads the list of members in one piece, of the size that the file claims.
    """

    most_at_once: int | None = BLOCK_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        if self.most_at_once is not None and size is not None and size > self.most_at_once:
            raise ValueError(f"its list of members alone takes {format_bytes(size)}")
        return super().read(self.most_at_once if size is None or size < 0 else size) or b""


@contextmanager
def _plain_errors(path: Path, name: str = "") -> Iterator[None]:
    """Turns the exceptions that damaged files cause into one line."""
    try:
        yield
    except UsageError:
        raise
    except _DAMAGE as error:
        where = f"{path}: {name}" if name else f"{path}"
        message = first_line(error, _MAX_MESSAGE)
        raise UsageError(
            f"{where} holds no plain arrays: {message}: save it again with np.savez"
        ) from error
