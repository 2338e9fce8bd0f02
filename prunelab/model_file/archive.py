"""Reading the members of a `.keras` file, and errors for other files."""

from __future__ import annotations

import json
import stat
import zipfile
import zlib
from pathlib import Path
from typing import Any, NamedTuple

from prunelab.data.formats.limits import check_inflation
from prunelab.errors import UsageError, first_line
from prunelab.user_files.paths import status

__all__ = ["Archive", "read_archive"]

# The config of a network with thousands of layers comes to some 5 MB.
_MOST_CONFIG_BYTES = 64 << 20

_SAVE = "save the Keras model it was made of with model.save('FILE.keras')"
_MENDS = {
    ".h5": "load it with keras.models.load_model(path, compile=False) and save it as FILE.keras",
    ".tflite": f"a TensorFlow Lite file cannot be trained, {_SAVE}",
    ".onnx": f"ONNX is not read, {_SAVE}",
    ".pb": f"a SavedModel is not read, {_SAVE}",
    ".pt": "PyTorch is not read, make the model in Keras",
    ".pth": "PyTorch is not read, make the model in Keras",
    ".safetensors": "it holds weights alone, build the model and save it as FILE.keras",
    ".ckpt": "it holds weights alone, build the model and save it as FILE.keras",
    ".pkl": "pickles run code and are never loaded, use model.save('FILE.keras')",
    ".pickle": "pickles run code and are never loaded, use model.save('FILE.keras')",
    ".json": "it holds no weights, use model.save('FILE.keras')",
    ".npz": "it is data, give it with --dataset",
}
_MENDS |= {".hdf5": _MENDS[".h5"], ".keras.h5": _MENDS[".h5"]}
_WEIGHTS = "it holds weights alone, build the model, call load_weights, and save it as FILE.keras"
_HDF5 = b"\x89HDF\r\n\x1a\n"


class Archive(NamedTuple):
    """The description in a `.keras` file.

    Attributes:
        config: The model as Keras serialised it.
        keras_version: Of the Keras that saved it; empty where it does not say.
    """

    config: dict[str, Any]
    keras_version: str


def read_archive(path: Path) -> Archive:
    """Reads the description of the model in a `.keras` file; weights are not read.

    Raises:
        UsageError: where it is something else, or damaged.
    """
    _check_that_it_is_one(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            missing = [one for one in ("config.json", "model.weights.h5") if one not in names]
            if missing:
                raise UsageError(
                    f"model {path} is a zip file without {' and '.join(missing)}, so it is no "
                    "Keras model: save one with model.save('FILE.keras')"
                )
            weights = archive.getinfo("model.weights.h5")
            check_inflation(path, weights.compress_size, weights.file_size, "save it again")
            config = _json(archive, "config.json")
            version = ""
            if "metadata.json" in names:
                version = str(_json(archive, "metadata.json").get("keras_version", ""))
    except UsageError:
        raise
    except PermissionError as error:
        raise UsageError(
            f"model {path} cannot be read: {error.strerror}, check its permissions"
        ) from error
    except (
        # Damaged, encrypted, of unknown compression, not UTF-8, not JSON, or nested too deeply.
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        RuntimeError,
        NotImplementedError,
        ValueError,
    ) as error:
        raise UsageError(f"model {path} is damaged ({first_line(error)}): save it again") from error
    return Archive(config, version)


def _check_that_it_is_one(path: Path) -> None:
    found = status(path)
    name = path.name.lower()
    if found is None:
        raise UsageError(f"model file {path} does not exist: check the path")
    if stat.S_ISDIR(found.st_mode):
        saved = (path / "saved_model.pb").is_file()
        found_and_mend = f"a SavedModel folder: {_SAVE}" if saved else "a folder: give a FILE.keras"
        raise UsageError(f"model {path} is {found_and_mend}")
    if not stat.S_ISREG(found.st_mode):
        raise UsageError(f"model {path} is no ordinary file: give a FILE.keras")
    if name.endswith((".weights.h5", ".weights.keras")):
        raise UsageError(f"model {path} is of a kind that is not read: {_WEIGHTS}")
    if not name.endswith(".keras"):
        mend = _MENDS.get(path.suffix.lower())
        if mend is None:
            mend = "rename it to end in .keras" if _looks_like_one(path) else "give a FILE.keras"
        raise UsageError(f"model {path} is of a kind that is not read: {mend}")
    if path.suffix != ".keras":
        raise UsageError(f"model {path} must end in .keras, in small letters: rename it")
    _check_content(path)


def _check_content(path: Path) -> None:
    try:
        with path.open("rb") as file:
            beginning = file.read(len(_HDF5))
    except OSError as error:
        raise UsageError(
            f"model {path} cannot be read: {error.strerror}, check its permissions"
        ) from error
    if beginning == _HDF5:
        raise UsageError(
            f"model {path} is an HDF5 file in spite of its name: rename it to .h5, then "
            + _MENDS[".h5"]
        )
    if not zipfile.is_zipfile(path):
        # The directory of a zip file is at its end.
        short = "cut short" if beginning.startswith(b"PK\x03\x04") else "not a .keras file"
        raise UsageError(f"model {path} is {short}: save one with model.save({path.name!r})")


def _looks_like_one(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "model.weights.h5" in archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False


def _json(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    with archive.open(name) as file:
        text = file.read(_MOST_CONFIG_BYTES + 1)
    if len(text) > _MOST_CONFIG_BYTES:
        raise ValueError(f"{name} is longer than {_MOST_CONFIG_BYTES >> 20} MB")
    try:
        held = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{name} is no JSON") from error
    if not isinstance(held, dict):
        raise ValueError(f"{name} holds no object")
    return held
