"""The lab's SQLite file, opened to read and write, or read-only where nothing else works."""

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
    connect,
    empty_lab,
    ensure_tables,
    transaction,
    use_wal,
    with_named_rows,
)
from prunelab.lab.store.database_file import (
    FileState,
    file_state,
    holds_a_lab,
    open_damaged,
    open_snapshot,
)
from prunelab.lab.store.schema import VERSION, version_of
from prunelab.lab.store.sqlite_errors import code_of, is_damage, is_refusal, plain_errors

__all__ = ["Database"]

# Bytes that one transaction may need.
_LEAST_SPACE = 64 * 1024

# How long a refused write is reported, and a snapshot kept before the file is tried again.
_RETRY_SECONDS = 30.0


class Database:
    """One file. Reading creates and changes nothing; the first write sets up what writing needs.

    Not for several threads at once.

    Args:
        folder: The lab's folder.
        make: Whether to make the lab where there is none. Otherwise it is read as an empty one
            until it exists.

    Raises:
        LabError: for another program's file, a newer lab, or one that can neither be read nor made.
    """

    def __init__(self, folder: Path, make: bool) -> None:
        self._folder = folder
        self._path = folder / "lab.sqlite"
        self._copy: TemporaryDirectory[str] | None = None
        # The state of the file, or of none, that a snapshot was made of; None of an open file.
        self._snapshot_of: FileState | None = None
        # Why a snapshot was made: SQLite's error for the file itself.
        self._snapshot_reason: str | None = None
        self._ready = False
        self._refused: tuple[str, float] | None = None
        self._file = _identity(self._path)
        if make and self._file is None:
            self._make()
        self._connection = self._open()

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()
        if self._copy is not None:
            self._copy.cleanup()
            self._copy = None

    def reading(self) -> sqlite3.Connection:
        """The connection to read from, as current as the file.

        Raises:
            LabError: where the file was deleted, or can no longer be read.
        """
        self._check_exists()
        if self._snapshot_of is not None and (
            self._snapshot_of != file_state(self._path) or self._is_time_to_retry()
        ):
            self._reopen()
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
        """Why the file cannot be written now; None where it seems that it can."""
        where = self._path.parent if self._file is None else self._path.resolve().parent
        while not where.exists() and where != where.parent:
            where = where.parent
        if not _may_be_written(where):
            return "its folder may only be read"
        if self._file is not None and not _may_be_written(self._path):
            return "lab.sqlite may only be read"
        if _free(where) < _LEAST_SPACE:
            return "its disk is full"
        if self._refused is not None and time.monotonic() - self._refused[1] < _RETRY_SECONDS:
            return self._refused[0]
        return self._snapshot_reason

    def _check_exists(self) -> None:
        """Raises for a deleted file: it can still be written, and nobody else would see it."""
        if self._file is not None and _identity(self._path) != self._file:
            raise LabError(f"lab {self._folder} was deleted meanwhile: open it again to begin anew")

    def _reopen(self) -> None:
        self.close()
        self._file = _identity(self._path)
        # Equal to no state, so that the next reading tries again should this fail.
        self._snapshot_of = ()
        self._connection = self._open()

    def _is_time_to_retry(self) -> bool:
        """Whether to retry what SQLite refused: there may be space by now."""
        return self._snapshot_reason is not None and time.monotonic() - self._tried > _RETRY_SECONDS

    def _open(self) -> sqlite3.Connection:
        """Opens the file, a snapshot of it, or an empty lab where there is none."""
        self._ready, self._snapshot_reason = False, None
        self._tried = time.monotonic()
        before = file_state(self._path)
        with plain_errors(self._folder):
            if not holds_a_lab(self._path):
                self._snapshot_of = before
                return with_named_rows(empty_lab())
            self._snapshot_of = None
            connection = with_named_rows(connect(self._path))
            try:
                version_of(connection)
            except sqlite3.Error as error:
                connection.close()
                if not is_refusal(error) and not is_damage(error):
                    raise
                self._snapshot_of, self._snapshot_reason = before, str(error)
                connection = self._open_snapshot(error)
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
        if version < VERSION and self._snapshot_of is None:
            try:
                ensure_tables(connection)
            except sqlite3.Error as error:
                # An older lab that cannot be written is read as it is.
                if not is_refusal(error) and code_of(error) != sqlite3.SQLITE_BUSY:
                    raise

    def _open_snapshot(self, refused: sqlite3.Error) -> sqlite3.Connection:
        try:
            open_copy = open_damaged if is_damage(refused) else open_snapshot
            connection, self._copy = open_copy(self._path)
        except OSError as error:
            raise LabError(
                f"lab {self._folder}: {refused}, and no copy to read from can be made ({error}): "
                "free some space, or set TMPDIR to a folder that can be written"
            ) from error
        return with_named_rows(connection)

    def _writable(self) -> sqlite3.Connection:
        """The connection, set up for writing."""
        self._check_exists()
        if self._snapshot_of is not None:
            if not holds_a_lab(self._path):
                self._make()
            self._reopen()
        if self._snapshot_of is not None:
            raise LabError(
                f"lab {self._folder} can only be read, {self.refusal()}: make it writable, or "
                "choose another with --lab"
            )
        if not self._ready:
            ensure_tables(self._connection)
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
                # Before WAL mode, so that the file itself holds the application id at once.
                ensure_tables(connection)
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
    """Bytes that may still be written, as far as the system says."""
    try:
        if hasattr(os, "statvfs"):
            disk = os.statvfs(folder)
            # Some blocks are reserved for root.
            return (disk.f_bfree if os.geteuid() == 0 else disk.f_bavail) * disk.f_frsize
        return shutil.disk_usage(folder).free
    except OSError:
        return _LEAST_SPACE
