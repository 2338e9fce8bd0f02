"""Files that are no `.keras` file, each told in a line with what to do."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest
from model_files import dense, functional, saved, sequential

from prunelab import RunConfig, UsageError

MODEL = sequential(dense(10, "softmax"), shape=(8, 8))


def _told(path: Path | str) -> str:
    with pytest.raises(UsageError) as caught:
        RunConfig(None, model=str(path))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("m.h5", "load it with keras.models.load_model"),
        ("m.hdf5", "load it with keras.models.load_model"),
        ("m.weights.h5", "it holds weights alone, build the model"),
        ("m.tflite", "TensorFlow Lite"),
        ("m.onnx", "ONNX is not read"),
        ("m.pt", "make the model in Keras"),
        ("m.pkl", "pickles run code"),
        ("m.npz", "give it with --dataset"),
        ("m.txt", "give a FILE.keras"),
        ("M.KERAS", "in small letters: rename it"),
    ],
)
def test_other_kinds_of_files(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / name).write_bytes(b"nothing")
    assert told in _told(tmp_path / name)


def test_a_keras_file_under_another_name_is_to_be_renamed(tmp_path: Path) -> None:
    assert "rename it to end in .keras" in _told(saved(tmp_path / "m.zip", MODEL))


def test_an_hdf5_file_under_the_name_of_another(tmp_path: Path) -> None:
    (tmp_path / "m.keras").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    assert "is an HDF5 file in spite of its name" in _told(tmp_path / "m.keras")


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert "is a folder: give a FILE.keras" in _told(tmp_path / "folder")
    (tmp_path / "folder" / "saved_model.pb").write_bytes(b"")
    assert "is a SavedModel folder: save the Keras model" in _told(tmp_path / "folder")
    os.mkfifo(tmp_path / "pipe.keras")
    assert "is no ordinary file" in _told(tmp_path / "pipe.keras")
    assert "does not exist: check the path" in _told(tmp_path / "none.keras")
    assert "'lenet' is not known: use one of mlp" in _told("lenet")


def test_a_file_that_is_cut_short(tmp_path: Path) -> None:
    path = saved(tmp_path / "m.keras", MODEL)
    path.write_bytes(path.read_bytes()[:-40])
    assert "is cut short: save one" in _told(path)
    path.write_bytes(b"")
    assert "is not a .keras file: save one" in _told(path)


def test_a_zip_file_of_something_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "without config.json and model.weights.h5, so it is no Keras" in _told(
        tmp_path / "m.keras"
    )


@pytest.mark.parametrize(
    "config", [b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b"{}"], ids=["open", "list", "bytes",
    "deep", "empty"]
)  # fmt: skip
def test_a_config_that_is_none(tmp_path: Path, config: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("config.json", config)
        archive.writestr("model.weights.h5", b"")
    assert "save" in _told(tmp_path / "m.keras")


def test_a_config_without_end_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * (70 << 20))
        archive.writestr("model.weights.h5", b"")
    assert "config.json is longer than 64 MB" in _told(tmp_path / "m.keras")


def test_weights_that_unpack_to_gigabytes_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(MODEL))
        archive.writestr("model.weights.h5", b"small")
        archive.getinfo("model.weights.h5").file_size = 2_000_000_000
    assert "would come to 2.0 GB" in _told(path)


def test_what_keras_2_saved(tmp_path: Path) -> None:
    old = functional([(dense(10), [])], ["out", 0, 0], ["out", 0, 0])
    assert "was saved by Keras 2.15.0, which Keras 3 cannot load: with the Keras 2" in _told(
        saved(tmp_path / "m.keras", old, "2.15.0")
    )
    # Of Keras 2's models Keras 3 loads the sequential ones.
    text = json.dumps(MODEL).replace("batch_shape", "batch_input_shape")
    path = saved(tmp_path / "seq.keras", json.loads(text), "2.15.0")
    assert RunConfig(None, model=str(path)).setup.shape == (8, 8)


def test_a_home_is_found_and_the_path_becomes_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    saved(tmp_path / "m.keras", MODEL)
    assert RunConfig(None, model="~/m.keras").model == str(tmp_path / "m.keras")


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = saved(tmp_path / "m.keras", MODEL)
    assert RunConfig(None, model=str(path)).setup.loss.from_logits is False
    saved(path, sequential(dense(10, "linear"), shape=(8, 8)))
    assert RunConfig(None, model=str(path)).setup.loss.from_logits is True
