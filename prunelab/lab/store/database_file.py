"""The lab's file before it is opened to write: whether it is a lab, and a read-only snapshot."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import tempfile
from pathlib import Path

from prunelab.errors import LabError
from prunelab.lab.store.schema import APPLICATION

__all__ = ["FileState", "file_state", "holds_a_lab", "open_damaged", "open_snapshot"]

FileState = tuple[tuple[int, int, int] | None, ...]
"""Which files there are, and which content they have: equal until something is written."""

_HEADER = 100
_MAGIC = b"SQLite format 3\0"

# Files of version 1 have no application id, but all of these tables.
_TABLES = frozenset({"runs", "steps", "updates", "epochs", "requests"})

# The file itself, commits that are not in it yet, and what a rollback needs.
_PARTS = ("", "-wal", "-journal")

_TRIES = 5


def holds_a_lab(path: Path) -> bool:
    """Whether a file is a lab; nothing is changed, locked or made to find out.

    Returns:
        True for a lab, of whatever version; False where there is no file, or nothing in it yet.

    Raises:
        LabError: for anything else, which is another program's.
    """
    header = _header(path)
    if not header:
        return False
    if not header.startswith(_MAGIC):
        raise LabError(
            f"lab {path.parent}: file is not a database: lab.sqlite there is another program's "
            "file, choose another folder with --lab"
        )
    application = int.from_bytes(header[68:72], "big")
    if application == APPLICATION:
        return True
    tables = _tables(path) if application == 0 else None
    if tables is not None and not tables:
        return False
    if tables is None or not tables >= _TABLES:
        raise LabError(
            f"lab {path.parent}: lab.sqlite there is another program's database, which stays as it "
            "is: choose another folder with --lab"
        )
    return True


def file_state(path: Path) -> FileState:
    """The state of the file and of those beside it."""
    return tuple(_state_of(Path(f"{_real(path)}{part}")) for part in (*_PARTS, "-shm"))


def open_snapshot(path: Path) -> tuple[sqlite3.Connection, tempfile.TemporaryDirectory[str] | None]:
    """Opens the file as it is at this moment, where SQLite cannot lock it.

    SQLite needs to write beside a file in WAL mode to read it. A file with nothing beside it is
    read in place; else all of them are copied, since some commits are only in the WAL file.

    Returns:
        The connection, and the folder of the copy, if any, which the caller must delete.

    Raises:
        OSError: where the copy cannot be made.
    """
    real = _real(path)
    beside = [Path(f"{real}{part}") for part in _PARTS[1:]]
    if not any(_state_of(one) for one in beside):
        return _connect(real, "immutable=1"), None
    # Where the disk is full, that of temporary files may be too, but not the memory.
    parents = [one for one in (None, "/dev/shm") if one is None or Path(one).is_dir()]
    for parent in parents:
        try:
            folder = tempfile.TemporaryDirectory(prefix="prunelab-", dir=parent)
            _copy(real, Path(folder.name))
            return _connect(Path(folder.name) / real.name, "mode=rw"), folder
        except OSError:
            if parent == parents[-1]:
                raise
    raise AssertionError("unreachable")


def open_damaged(
    path: Path,
) -> tuple[sqlite3.Connection, tempfile.TemporaryDirectory[str] | None]:
    """Like `open_snapshot`, for a damaged file, of which SQLite then reads what it can.

    Raises:
        OSError: where a copy cannot be made.
    """
    connection, copy = open_snapshot(path)
    # With these, SQLite reads a truncated file as far as it goes.
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("PRAGMA query_only = ON")
    connection.row_factory = sqlite3.Row
    return connection, copy


def _copy(path: Path, folder: Path) -> None:
    """Copies a file and those beside it in one consistent state."""
    for _ in range(_TRIES):
        before = file_state(path)
        for part in _PARTS:
            source = Path(f"{path}{part}")
            (folder / source.name).unlink(missing_ok=True)
            if source.exists():
                shutil.copyfile(source, folder / source.name)
        if file_state(path) == before:
            return
    raise OSError(f"{path} changes all the time")


def _header(path: Path) -> bytes:
    """The first bytes of a file; none where there is no file."""
    try:
        mode = path.stat().st_mode
        # Checked before opening: a pipe would block until somebody writes.
        if stat.S_ISREG(mode):
            with path.open("rb") as file:
                return file.read(_HEADER)
        reason = "it is a folder" if stat.S_ISDIR(mode) else "it is no plain file"
    except FileNotFoundError:
        return b""
    except OSError as error:
        reason = error.strerror or str(error)
    raise LabError(
        f"lab {path.parent}: unable to open lab.sqlite, {reason}: "
        "make it readable, or choose another with --lab"
    )


def _tables(path: Path) -> frozenset[str] | None:
    """The tables of a file without application id; None where they cannot be read."""
    found = _tables_of(_connect(_real(path), "immutable=1"))
    if found is not None and not found:
        # It may be new, with all of its content in the WAL file still.
        connection, copy = open_snapshot(path)
        found = _tables_of(connection)
        if copy is not None:
            copy.cleanup()
    return found


def _tables_of(connection: sqlite3.Connection) -> frozenset[str] | None:
    try:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return frozenset(name for (name,) in found if not name.startswith("sqlite_"))
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return None
    finally:
        connection.close()


def _connect(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )


def _real(path: Path) -> Path:
    """The path beside which SQLite puts its other files."""
    return path.resolve() if path.is_symlink() else path


def _state_of(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    # An empty file beside the lab's holds nothing.
    return (found.st_ino, found.st_size, found.st_mtime_ns) if found.st_size else None
