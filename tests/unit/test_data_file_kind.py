"""Files that are no data, or worse: each is one line, before it is opened or unpacked."""

from __future__ import annotations

import os
import socket
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prunelab import UsageError
from prunelab.data import describe, load

MAGIC = b"\x93NUMPY\x01\x00"


def refused(path: str | Path) -> str:
    """The line that both the look at a file and its loading refuse it with."""
    told = set()
    for use in (lambda: describe(str(path)), lambda: load(str(path), 0.2)):
        with pytest.raises(UsageError) as error:
            use()
        told.add(str(error.value))
    (line,) = told
    assert "\n" not in line
    assert len(line) < 600
    return line


def header(shape: object, descr: str = "<f4", order: bool = False) -> bytes:
    """The beginning of a `.npy` file that claims what is given."""
    text = f"{{'descr': {descr!r}, 'fortran_order': {order}, 'shape': {shape!r}, }}".encode()
    return MAGIC + struct.pack("<H", len(text)) + text


def written(path: Path, **members: bytes) -> Path:
    """An `.npz` file of small good arrays, some of which are replaced by given bytes."""
    x, y = np.random.default_rng(0).random((20, 4)), np.arange(20) % 2
    np.savez(path, **{n: a for n, a in
                      {"x_train": x, "y_train": y, "x_test": x, "y_test": y}.items()
                      if n not in members})  # fmt: skip
    with zipfile.ZipFile(path, "a") as archive:
        for name, raw in members.items():
            archive.writestr(f"{name}.npy", raw)
    return path


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.npz")
    assert "is a pipe, not a file: save the data" in refused(tmp_path / "pipe.npz")


def test_a_device_is_not_read(tmp_path: Path) -> None:
    assert "is a device, not a file" in refused("/dev/zero")
    (tmp_path / "zero.npz").symlink_to("/dev/zero")
    assert "is a device, not a file" in refused(tmp_path / "zero.npz")


def test_a_socket_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # The names of sockets are short.
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.npz")
        assert "is a socket, not a file" in refused(tmp_path / "socket.npz")


def test_links_that_go_round_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.npz").symlink_to(tmp_path / "b.npz")
    (tmp_path / "b.npz").symlink_to(tmp_path / "a.npz")
    assert "a.npz" in refused(tmp_path / "a.npz")


def test_an_address_is_not_taken_for_a_path() -> None:
    assert "is an address: download it" in refused("https://example.org/data.npz")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("one.npy", "one array without labels, save it with them"),
        ("data.pkl", "pickles run code and are never loaded"),
        ("data.h5", "save its arrays"),
        ("data.mat", "scipy.io.loadmat"),
        ("data.xlsx", "save its table as"),
        ("data.json", "save its table as"),
        ("data.zip", "unpack it"),
        ("mine.keras", "give it with --model"),
        ("picture.png", "give a file that ends in .npz"),
        ("nothing", "give a file that ends in .npz"),
    ],
)
def test_other_kinds_of_files_are_told_with_what_to_do(
    tmp_path: Path, name: str, told: str
) -> None:
    (tmp_path / name).write_bytes(b"whatever is in it")
    assert told in refused(tmp_path / name)


def test_a_file_without_an_ending_is_known_by_its_beginning(tmp_path: Path) -> None:
    written(tmp_path / "a.npz").rename(tmp_path / "data")
    assert describe(str(tmp_path / "data")).samples == 20


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "data.npz")

    def denied(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)  # Root may read what others may not.
    assert "cannot be read: Permission denied, check its permissions" in refused(path)


def test_a_header_that_claims_terabytes_allocates_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "a.npz", x_train=header((10**12, 4)) + bytes(16))
    tracemalloc.start()
    assert "x_train claims 16.0 TB (1000000000000, 4) and holds 16 bytes" in refused(path)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (header((-5, 4)) + bytes(80), "no plain arrays"),
        (header((20, 4), "<U0"), "no plain arrays"),
        (header((20, 4), "|V2") + bytes(160), "no plain arrays"),
        (header((20, 4), "|O") + bytes(640), "Python objects are never loaded, save y.astype(str)"),
        (header("(20, 4)") + bytes(320), "no plain arrays"),
        (header((20, 4), "nonsense") + bytes(320), "no plain arrays"),
        (header((20, 4)) + bytes(319), "it is damaged, save it again"),
        (header((20, 4)) + bytes(321), "it is damaged, save it again"),
        (MAGIC + struct.pack("<H", 60_000) + b"(" * 60_000, "no plain arrays"),
        (b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**31), "no plain arrays"),
        (
            b"\x93NUMPY\x03\x00" + bytes(100),
            "no plain arrays: its format is none that NumPy writes",
        ),
        (b"", "no plain arrays"),
        (b"PK\x03\x04 an archive in it", "no plain arrays"),
    ],
)
def test_headers_that_claim_what_cannot_be(tmp_path: Path, raw: bytes, told: str) -> None:
    line = refused(written(tmp_path / "a.npz", x_train=raw))
    assert told in line
    assert "x_train" in line


def test_a_small_file_that_comes_to_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    written(path)
    block = bytes(1 << 24)
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("x_train.npy", "w", force_zip64=True) as file,
    ):
        start = header((3 * 2**27, 1))
        file.write(start)
        for _ in range(96):
            file.write(block)
    for name in ("y_train", "x_test", "y_test"):
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(f"{name}.npy", header((1,)) + bytes(4))
    assert "more than 100 times as much: save it with np.savez" in refused(path)


def test_more_samples_than_memory_are_refused_by_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psutil

    free = psutil.virtual_memory()._replace(available=300)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    line = refused(written(tmp_path / "a.npz"))
    assert "bytes of data (samples as float32), more than the 300 bytes of memory" in line


def test_data_that_just_fits_into_memory_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two arrays of 20 samples of 4 numbers as float32, and 20 labels of 8 bytes each."""
    import psutil

    path = written(tmp_path / "a.npz")
    for available in (959, 960):
        free = psutil.virtual_memory()._replace(available=available)
        monkeypatch.setattr(psutil, "virtual_memory", lambda free=free: free)
        if available < 960:
            assert "960 bytes of data (samples as float32), more than the 959" in refused(path)
            path.touch()
        else:
            assert describe(str(path)).samples == 20


def test_an_endless_list_of_members_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "many.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(60_000):
            archive.writestr(f"{'n' * 60}{number}.npy", b"")
    assert "its list of members alone takes" in refused(path)


def _encrypted(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = raw.find(sign)
        while at >= 0:
            raw[at + place] |= 1
            at = raw.find(sign, at + 4)
    path.write_bytes(bytes(raw))


def _twice(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("x_train.npy", b"")


def _repacked(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_encrypted, "is encrypted: save it without a password"),
        (_twice, "holds 'x_train' twice"),
        (_repacked, "packed in a way that NumPy does not use"),
    ],
)
def test_archives_that_numpy_does_not_write(
    tmp_path: Path, change: Callable[[Path], None], told: str
) -> None:
    path = written(tmp_path / "a.npz")
    change(path)
    assert told in refused(path)


def test_names_that_lead_elsewhere_are_names_and_no_paths(tmp_path: Path) -> None:
    path = written(tmp_path / "a.npz")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../outside.npy", b"")
        archive.writestr("\x1b[31mred\n.npy", b"")
    info = describe(str(path))
    assert info.samples == 20
    (note,) = info.notes
    assert "\n" not in note
    assert "\x1b" not in note
    assert not (tmp_path.parent / "outside.npy").exists()


def test_numbers_that_are_damaged_are_told_when_they_are_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.npz")
    raw = bytearray(path.read_bytes())
    raw[400] ^= 255
    path.write_bytes(bytes(raw))
    assert "Bad CRC-32" in refused(path)


def test_a_file_is_described_anew_once_it_is_changed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.npz")
    assert describe(str(path)).classes == 2
    x = np.random.default_rng(0).random((30, 4))
    np.savez(path, x_train=x, y_train=np.arange(30) % 3, x_test=x, y_test=np.arange(30) % 3)
    assert (describe(str(path)).samples, describe(str(path)).classes) == (30, 3)
