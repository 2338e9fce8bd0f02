"""Saving the model of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prunelab.pruning import save_for_inference, sizes

__all__ = ["save_model"]


def save_model(model: Any, path: Path) -> tuple[dict[str, int] | None, str | None]:
    """Saves a run's model. Its metrics stay, whether or not that succeeds.

    Args:
        model: A trained Keras model.
        path: The file to write; its folder is made.

    Returns:
        The sizes of the file in bytes, by kind, and None; or None, and what went wrong in a line.
    """
    try:
        _save(model, path)
        return sizes(path), None
    except OSError as error:
        reason = error.strerror or str(error)
        return None, f"its model could not be saved in {path.parent}: {reason}"


def _save(model: Any, path: Path) -> None:
    """Saves under another name first, so that a full disk leaves no half of a model."""
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(f".part-{path.name}")
    try:
        save_for_inference(model, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
