"""What pruning needs to go on where it was, kept inside the file of a saved model."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.errors import UsageError
from prunelab.user_files.paths import exists, user_path

__all__ = ["PruningState", "WeightState", "add_state", "can_hold", "read_state", "state_in"]

# Keras reads files by name and looks at no other member, so the model loads without prunelab.
_MEMBER = "prunelab.npz"
_FORMAT = 1


@dataclass(frozen=True)
class WeightState:
    """One weight under pruning.

    Attributes:
        path: The variable's path in the model.
        mask: Bool, of the weight's shape; True is kept.
        threshold: Magnitude below which weights were dropped at the last update.
        dropped: What dropped elements were before they were masked, in C order, with
            the weight's own dtype: a dropped weight may return at the next update.
    """

    path: str
    mask: npt.NDArray[np.bool_]
    threshold: float
    dropped: npt.NDArray[Any]


@dataclass(frozen=True)
class PruningState:
    """The step that was reached, and all weights in the order of the model's layers."""

    step: int
    weights: list[WeightState]

    def to_bytes(self) -> bytes:
        """As a compressed `.npz`."""
        arrays: dict[str, npt.NDArray[Any]] = {
            "format": np.array(_FORMAT),
            "step": np.array(self.step),
            "paths": np.array([weight.path for weight in self.weights]),
            "thresholds": np.array([weight.threshold for weight in self.weights], np.float64),
        }
        for number, weight in enumerate(self.weights):
            arrays[f"mask{number}"] = np.packbits(weight.mask)
            arrays[f"shape{number}"] = np.array(weight.mask.shape)
            # As bytes: `.npz` knows no bfloat16.
            arrays[f"dropped{number}"] = np.frombuffer(weight.dropped.tobytes(), np.uint8)
        stream = io.BytesIO()
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, raw: bytes) -> PruningState:
        """From what `to_bytes` gave; `dropped` is left as bytes, for only the weight knows them."""
        with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
            if int(arrays["format"]) != _FORMAT:
                raise UsageError(
                    f"pruning state of format {int(arrays['format'])} is not format {_FORMAT}: "
                    "read it with the prunelab that wrote it"
                )
            weights = []
            for number, path in enumerate(arrays["paths"]):
                shape = tuple(arrays[f"shape{number}"].tolist())
                size = int(np.prod(shape))
                mask = np.unpackbits(arrays[f"mask{number}"], count=size).astype(bool)
                threshold = float(arrays["thresholds"][number])
                dropped = arrays[f"dropped{number}"]
                weights.append(WeightState(str(path), mask.reshape(shape), threshold, dropped))
            return cls(int(arrays["step"]), weights)


def can_hold(path: Path) -> bool:
    """Whether a saved file is of a kind that state fits into: a `.keras` archive or HDF5."""
    return path.is_file() and (_is_zip(path) or _is_hdf5(path))


def add_state(path: Path, state: PruningState) -> None:
    """Adds pruning state to a file that a model was saved to, once.

    Args:
        path: A `.keras` archive, or an HDF5 file such as `.weights.h5`, without state so far.
        state: The state.
    """
    raw = state.to_bytes()
    if _is_zip(path):
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(_MEMBER, raw)
    else:
        import h5py

        with h5py.File(path, "a") as file:
            file.create_dataset(_MEMBER, data=np.frombuffer(raw, np.uint8))


def read_state(path: Path) -> PruningState | None:
    """The pruning state in a saved file; None where it holds none.

    Raises:
        UsageError: where the state is of another format.
    """
    if not path.is_file():
        return None
    if _is_zip(path):
        with zipfile.ZipFile(path) as archive:
            if _MEMBER not in archive.namelist():
                return None
            return PruningState.from_bytes(archive.read(_MEMBER))
    if not _is_hdf5(path):
        return None
    import h5py

    with h5py.File(path, "r") as file:
        if _MEMBER not in file:
            return None
        return PruningState.from_bytes(np.asarray(file[_MEMBER]).tobytes())


def state_in(path: Any) -> PruningState:
    """The pruning state in a file that a user named.

    Raises:
        UsageError: where there is no such file, or no state in it, with what to name instead.
    """
    if not isinstance(path, str | os.PathLike):
        raise UsageError(f"path={path!r} is no path: name the .keras or .weights.h5 file")
    path = user_path(path)
    shown = repr(str(path))
    if path.is_dir():
        held = sorted(file.name for file in path.iterdir() if can_hold(file))
        which = f"{held[0]!r} in it" if held else "the .keras or .weights.h5 file saved during fit"
        kind = "an exported model" if (path / "saved_model.pb").exists() else "a folder"
        raise UsageError(f"{shown} is {kind}, which holds no pruning state: name {which}")
    if not exists(path):
        raise UsageError(f"there is no file {shown}: name the file that was saved during fit")
    try:
        state = read_state(path)
    except (OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise UsageError(
            f"{shown} cannot be read ({error}): name a file that was saved whole"
        ) from error
    if state is None:
        raise UsageError(
            f"{shown} holds no pruning state: save the model during fit, by ModelCheckpoint say, "
            "or call save_state(path) on the pruning callback"
        )
    return state


def _is_zip(path: Path) -> bool:
    # By its beginning: `zipfile.is_zipfile` finds the state at the end of an HDF5 file, too.
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _is_hdf5(path: Path) -> bool:
    import h5py

    return bool(h5py.is_hdf5(path))
