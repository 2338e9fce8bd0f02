"""The lab's SQLite file, opened as far as it lets itself be opened: to write, or to read alone."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from prunelab.errors import LabError
from prunelab.lab.store.connection import (
    BUSY_SECONDS,
    bring_up_to_date,
    connect,
    empty,
    prepared,
    transaction,
    use_wal,
)
from prunelab.lab.store.database_file import Stamp, forgiving, holds_a_lab, picture, stamp
from prunelab.lab.store.schema import VERSION, version_of
from prunelab.lab.store.sqlite_errors import code_of, is_damage, is_refusal, plain_errors

__all__ = ["Database"]

# What one transaction may need; with less than that free, the next one fails.
_LEAST_SPACE = 64 * 1024

# How long what was refused is told before it is tried again, or forgotten if nobody does.
_TOLD_SECONDS = 30.0


class Database:
    """One file. Reading it makes and changes nothing; the first write does what writing needs.

    Not for several threads at once.

    Args:
        folder: The lab's folder.
        make: Whether to make the lab where there is none. Otherwise it is read as an empty one,
            until it is there.

    Raises:
        LabError: where there is another program's file or a newer lab, or nothing can be read or
            made.
    """

    def __init__(self, folder: Path, make: bool) -> None:
        self._folder = folder
        self._path = folder / "lab.sqlite"
        self._copy: TemporaryDirectory[str] | None = None
        # What a picture was taken of, or the nothing that there was; None of an open file.
        self._of: Stamp | None = None
        # Why a picture was taken: what SQLite said to the file itself.
        self._why: str | None = None
        self._ready = False
        self._refused: tuple[str, float] | None = None
        self._file = _identity(self._path)
        if make and self._file is None:
            self._make()
        self._connection = self._open()

    def close(self) -> None:
        """Lets go of the file."""
        self._connection.close()
        if self._copy is not None:
            self._copy.cleanup()
            self._copy = None

    def reading(self) -> sqlite3.Connection:
        """The connection to read from, as new as the file.

        Raises:
            LabError: where the file was deleted, or can no longer be read.
        """
        self._check_that_it_is_there()
        if self._of is not None and (self._of != stamp(self._path) or self._may_open_by_now()):
            self._open_again()
        return self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection, with all of the block's writes committed at its end, or none.

        Raises:
            LabError: where the file cannot be written.
        """
        try:
            connection = self._writable()
            with transaction(connection):
                yield connection
        except sqlite3.Error as error:
            if is_refusal(error):
                self._refused = str(error), time.monotonic()
            raise
        self._refused = None

    def refusal(self) -> str | None:
        """Why nothing can be written to the file now; None where nothing speaks against it."""
        where = self._path.parent if self._file is None else self._path.resolve().parent
        while not where.exists() and where != where.parent:
            where = where.parent
        if not _may_be_written(where):
            return "its folder may only be read"
        if self._file is not None and not _may_be_written(self._path):
            return "lab.sqlite may only be read"
        if _free(where) < _LEAST_SPACE:
            return "its disk is full"
        if self._refused is not None and time.monotonic() - self._refused[1] < _TOLD_SECONDS:
            return self._refused[0]
        return self._why

    def _check_that_it_is_there(self) -> None:
        """A deleted file can still be read and written, and nobody else would see it."""
        if self._file is not None and _identity(self._path) != self._file:
            raise LabError(f"lab {self._folder} was deleted meanwhile: open it again to begin anew")

    def _open_again(self) -> None:
        self.close()
        self._file = _identity(self._path)
        # Should that fail, the next reading tries again.
        self._of = ()
        self._connection = self._open()

    def _may_open_by_now(self) -> bool:
        """Whether to try again what SQLite refused: there may be space by now."""
        return self._why is not None and time.monotonic() - self._tried > _TOLD_SECONDS

    def _open(self) -> sqlite3.Connection:
        """Opens what is there: the file, a picture of it, or an empty lab in its stead."""
        self._ready, self._why = False, None
        self._tried = time.monotonic()
        before = stamp(self._path)
        with plain_errors(self._folder):
            if not holds_a_lab(self._path):
                self._of = before
                return prepared(empty())
            self._of = None
            connection = prepared(connect(self._path))
            try:
                version_of(connection)
            except sqlite3.Error as error:
                connection.close()
                if not is_refusal(error) and not is_damage(error):
                    raise
                self._of, self._why = before, str(error)
                connection = self._picture(error)
            try:
                self._check_version(connection)
            except BaseException:
                connection.close()
                raise
            return connection

    def _check_version(self, connection: sqlite3.Connection) -> None:
        version = version_of(connection)
        if version > VERSION:
            raise LabError(
                f"lab {self._folder} was written by a newer prunelab (format {version}, "
                f"this one knows {VERSION}): upgrade prunelab"
            )
        if version < VERSION and self._of is None:
            try:
                bring_up_to_date(connection)
            except sqlite3.Error as error:
                # An older lab is read as it is where it cannot be written.
                if not is_refusal(error) and code_of(error) != sqlite3.SQLITE_BUSY:
                    raise

    def _picture(self, refused: sqlite3.Error) -> sqlite3.Connection:
        try:
            open_it = forgiving if is_damage(refused) else picture
            connection, self._copy = open_it(self._path)
        except OSError as error:
            raise LabError(
                f"lab {self._folder}: {refused}, and no copy to read from can be made ({error}): "
                "free some space, or set TMPDIR to a folder that can be written"
            ) from error
        return prepared(connection)

    def _writable(self) -> sqlite3.Connection:
        """The connection, after what is done once before the first write."""
        self._check_that_it_is_there()
        if self._of is not None:
            if not holds_a_lab(self._path):
                self._make()
            self._open_again()
        if self._of is not None:
            raise LabError(
                f"lab {self._folder} can only be read, {self.refusal()}: make it writable, or "
                "choose another with --lab"
            )
        if not self._ready:
            bring_up_to_date(self._connection)
            use_wal(self._connection)
            self._ready = True
        return self._connection

    def _make(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LabError(
                f"lab folder {self._folder} cannot be made ({error.strerror}): choose another "
                "with --lab"
            ) from error
        with plain_errors(self._folder):
            if holds_a_lab(self._path):
                return
            connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
            try:
                # Before it is in WAL mode, so that the file itself says at once whose it is.
                bring_up_to_date(connection)
                use_wal(connection)
            finally:
                connection.close()
        self._file = _identity(self._path)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _may_be_written(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _free(folder: Path) -> int:
    """Bytes that may still be written, for all that the system tells."""
    try:
        if hasattr(os, "statvfs"):
            told = os.statvfs(folder)
            # Some blocks are kept for root.
            return (told.f_bfree if os.geteuid() == 0 else told.f_bavail) * told.f_frsize
        return shutil.disk_usage(folder).free
    except OSError:
        return _LEAST_SPACE
