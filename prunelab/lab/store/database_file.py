"""The lab's file before SQLite opens it for good: whose it is, and a picture of it to read from."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import tempfile
from pathlib import Path

from prunelab.errors import LabError
from prunelab.lab.store.schema import APPLICATION

__all__ = ["Stamp", "forgiving", "holds_a_lab", "picture", "stamp"]

Stamp = tuple[tuple[int, int, int] | None, ...]
"""Which files there are, and which content they have: equal as long as nothing was written."""

_HEADER = 100
_MAGIC = b"SQLite format 3\0"

# Files of version 1 do not say whose they are, but have all of these.
_TABLES = frozenset({"runs", "steps", "updates", "epochs", "requests"})

# Beside the file itself: what was committed and is not in it yet, and what is to be taken back.
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


def stamp(path: Path) -> Stamp:
    """What the file and those beside it are now."""
    return tuple(_stamp(Path(f"{_real(path)}{part}")) for part in (*_PARTS, "-shm"))


def picture(path: Path) -> tuple[sqlite3.Connection, tempfile.TemporaryDirectory[str] | None]:
    """Opens the file as it is at this moment, where SQLite cannot even lock it.

    SQLite needs to write beside a file in WAL mode to read it. A file with nothing beside it is
    read in place; else it and what is beside it are copied, since a part of what was committed is
    only there.

    Returns:
        The connection, and the folder of the copy, which is the caller's to delete.

    Raises:
        OSError: where the copy cannot be made.
    """
    real = _real(path)
    beside = [Path(f"{real}{part}") for part in _PARTS[1:]]
    if not any(_stamp(one) for one in beside):
        return _connect(real, "immutable=1"), None
    # Where the disk is full, that of temporary files may be as well, but not the memory.
    places = [place for place in (None, "/dev/shm") if place is None or Path(place).is_dir()]
    for place in places:
        try:
            folder = tempfile.TemporaryDirectory(prefix="prunelab-", dir=place)
            _copy(real, Path(folder.name))
            return _connect(Path(folder.name) / real.name, "mode=rw"), folder
        except OSError:
            if place == places[-1]:
                raise
    raise AssertionError("unreachable")


def forgiving(
    path: Path,
) -> tuple[sqlite3.Connection, tempfile.TemporaryDirectory[str] | None]:
    """A `picture` of which SQLite reads what it can, where it would refuse the whole file.

    Raises:
        OSError: where a copy cannot be made.
    """
    connection, copy = picture(path)
    # Then a file that was cut off is read as far as it goes.
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("PRAGMA query_only = ON")
    connection.row_factory = sqlite3.Row
    return connection, copy


def _copy(path: Path, folder: Path) -> None:
    """Copies a file and what is beside it, as they were at one moment."""
    for _ in range(_TRIES):
        before = stamp(path)
        for part in _PARTS:
            source = Path(f"{path}{part}")
            (folder / source.name).unlink(missing_ok=True)
            if source.exists():
                shutil.copyfile(source, folder / source.name)
        if stamp(path) == before:
            return
    raise OSError(f"{path} changes all the time")


def _header(path: Path) -> bytes:
    """The first bytes of a file; none where there is no file."""
    try:
        mode = path.stat().st_mode
        # Before it is opened: a pipe would wait for somebody to write.
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
    """The tables of a file that does not say whose it is; None where they cannot be read."""
    found = _tables_of(_connect(_real(path), "immutable=1"))
    if found is not None and not found:
        # It may just have been made, and all of it lie beside it.
        connection, copy = picture(path)
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
    """Where SQLite puts what belongs beside the file."""
    return path.resolve() if path.is_symlink() else path


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    # An empty file beside the lab's holds nothing.
    return (found.st_ino, found.st_size, found.st_mtime_ns) if found.st_size else None
