"""The arrays of an `.npz` file: known by their headers, read in blocks."""

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

from prunelab.data.formats.limits import check_inflation, written_bytes
from prunelab.data.formats.stored_arrays import BLOCK_BYTES, Array, Block, Stored
from prunelab.errors import UsageError, first_line

__all__ = ["Member", "NpzFile", "opened_npz"]

# NumPy refuses longer headers too, but only once they are in memory.
_MOST_HEADER = 10_000
_MOST_TOLD = 200
_AS_SAVED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
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
        begin: Bytes before its first number.
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

    def stored(self) -> Stored:
        """The array, read in blocks."""
        return Stored(self.name, self.shape, self.dtype, self._blocks)

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
        # By columns, the last index is the slowest, and a piece holds some of that of all rows.
        stored = self.shape[::-1] if self._by_columns else self.shape
        one = self.nbytes // stored[0]
        # Bytes become four times as many as float32.
        most = BLOCK_BYTES * min(self.dtype.itemsize, 4) // 4
        begin = 0
        for piece in self._pieces(max(most // one, 1) * one):
            values = np.frombuffer(piece, self.dtype).reshape(-1, *stored[1:])
            end = begin + len(values)
            if self._by_columns:
                all_of_it = (slice(None),) * (len(stored) - 2)
                yield Block(0, (*all_of_it, slice(begin, end)), values.T)
            else:
                yield Block(begin, (), values)
            begin = end

    def _pieces(self, size: int) -> Iterator[bytes]:
        with _plain(self._path, self.name), self._archive.open(self._info) as file:
            file.read(self.begin)
            left = self.nbytes
            while left:
                piece = file.read(min(size, left))
                if not piece or (len(piece) < size and len(piece) < left):
                    raise EOFError("it ends too early")
                left -= len(piece)
                yield piece
            # At its end the checksum is compared.
            file.read(1)


class NpzFile:
    """An open file: its names are known, and of each array that is asked for the header is read.

    Nothing in it is unpickled, whatever it says.
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
            UsageError: where it cannot be read as numbers or text, or claims what cannot be.
        """
        info = self._infos[name]
        if info.flag_bits & _ENCRYPTED:
            raise UsageError(f"{self.path}: {name} is encrypted: save it without a password")
        if info.compress_type not in _AS_SAVED:
            raise UsageError(
                f"{self.path}: {name} is packed in a way that NumPy does not use: "
                "save it with np.savez or np.savez_compressed"
            )
        with _plain(self.path, name):
            shape, by_columns, dtype, begin = self._header(info)
        one = Member(name, shape, dtype, begin, self.path, self._archive, info, by_columns)
        self._check(one, info)
        return one

    def _header(self, info: zipfile.ZipInfo) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
        with self._archive.open(info) as file:
            stream = io.BytesIO(file.read(_MOST_HEADER))
        read = _READ_HEADER.get(np.lib.format.read_magic(stream))
        if read is None:
            raise ValueError("its format is none that NumPy writes for plain arrays")
        with warnings.catch_warnings():
            # Files of Python 2 are read as well as others.
            warnings.simplefilter("ignore", UserWarning)
            try:
                shape, by_columns, dtype = read(stream)
            except MemoryError as error:  # Python's parser says so of brackets within brackets.
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

    def _check(self, one: Member, info: zipfile.ZipInfo) -> None:
        holds = info.file_size - one.begin
        if one.nbytes != holds:
            raise UsageError(
                f"{self.path}: {one.name} claims {written_bytes(one.nbytes)} {one.shape} and holds "
                f"{written_bytes(holds)}: it is damaged, save it again"
            )
        check_inflation(
            self.path, info.compress_size, info.file_size, "save it with np.savez, which packs not"
        )


@contextmanager
def opened_npz(path: Path) -> Iterator[NpzFile]:
    """Opens a file; no array is read yet.

    Raises:
        UsageError: where it is no `.npz` file, or cannot be read.
    """
    with _plain(path), _Frugal(path) as file:
        try:
            archive = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            raise UsageError(
                f"{path} is not an .npz file: make one with np.savez(path, x_train=..., ...)"
            ) from error
        file.most = None
        with archive:
            yield NpzFile(path, archive)


class _Frugal(io.FileIO):
    """A file of which little is read at once.

    A zip's list of members is read in one piece, which is as long as the file says it is.
    """

    most: int | None = BLOCK_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        if self.most is not None and size is not None and size > self.most:
            raise ValueError(f"its list of members alone takes {written_bytes(size)}")
        return super().read(self.most if size is None or size < 0 else size) or b""


@contextmanager
def _plain(path: Path, name: str = "") -> Iterator[None]:
    """Turns what damaged files lead to into one line."""
    try:
        yield
    except UsageError:
        raise
    except _DAMAGE as error:
        where = f"{path}: {name}" if name else f"{path}"
        told = first_line(error, _MOST_TOLD)
        raise UsageError(
            f"{where} holds no plain arrays: {told}: save it again with np.savez"
        ) from error
