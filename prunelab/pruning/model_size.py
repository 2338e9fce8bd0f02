"""What a model weighs on disk."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

__all__ = ["save_for_inference", "sizes"]


def save_for_inference(model: Any, path: Path) -> None:
    """Saves a model as a `.keras` file without the state of its optimizer.

    Args:
        model: A built Keras model; of a class of one's own, one that says its config.
        path: The file to write; its folder must exist.
    """
    # From its config alone: a clone would be compiled, and carry an optimizer of its own.
    bare = type(model).from_config(model.get_config())
    if not bare.built:
        # A class of the user's own, which makes its weights from the shape of its input.
        bare.build_from_config(model.get_build_config())
    bare.set_weights(model.get_weights())
    bare.save(path)


def sizes(path: Path) -> dict[str, int]:
    """Bytes of a saved model by kind: `keras` as it is, `keras_gzip` compressed by gzip level 9.

    Zeros compress: only the second figure shows what pruning saves in a download.
    """
    raw = path.read_bytes()
    return {"keras": len(raw), "keras_gzip": len(gzip.compress(raw, compresslevel=9, mtime=0))}
