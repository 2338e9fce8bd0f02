"""Texts and small pieces of HTML that several widgets show."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets
import traitlets

__all__ = ["BESIDE", "TOOLTIPS", "TextLine", "heading"]

# Where the whole of it stands at the field.
BESIDE = "A value does not fit, as it says beside it"

# What the parameters of a run mean; those of schedules are in the catalog of kinds.
TOOLTIPS = {
    "dataset": "What to train on. digits needs no network; the others are downloaded once.",
    "file": "Path of an .npz file with x_train, y_train, x_test and y_test, or of a table (CSV or "
    "Parquet).",
    "target": "The column of a table that holds the labels; empty for the one that is called so.",
    "scale": "auto divides bytes by 255 and takes all else as it is; none; minmax, to 0-1; "
    "standard, each number to mean 0 and deviation 1; or a number to divide by. What the training "
    "samples are decides for all.",
    "model": "mlp and lenet-300-100 are dense networks, cnn is convolutional.",
    "model_file": "Path of a .keras file to prune further, with the loss, optimizer and metrics "
    "that it was saved with. One with code of your own is for prunelab train --module FILE.py.",
    "loss": "Empty for the file's own, or one that goes with its output; else a loss of Keras, "
    "such as sparse_categorical_crossentropy or CategoricalCrossentropy(label_smoothing=0.1).",
    "epochs": "Passes over the training samples.",
    "batch_size": "Samples of one step.",
    "seed": "Of the initial weights and the order of samples. Repeat a run with other seeds.",
    "samples": "Samples that the model trains on.",
    "steps": "Steps of the whole run, for one that is not counted in epochs: typed here, it is one "
    "epoch of so many samples, each a step.",
}


def heading(text: str, note: str = "") -> widgets.HTML:
    """The heading of a card, with a note beside it."""
    more = f" <small>{escape(note)}</small>" if note else ""
    return widgets.HTML(f'<h2 class="prunelab-heading">{escape(text)}{more}</h2>')


class TextLine(widgets.HTML):
    """A line of plain text that screen readers read out when it changes.

    Args:
        text: What it says at first.
        error: Whether it shows errors, and looks so.

    Attributes:
        text: What it says; nothing hides the line.
    """

    text = traitlets.Unicode()

    def __init__(self, text: str = "", *, error: bool = False) -> None:
        super().__init__()
        self._role = "alert" if error else "status"
        self.add_class("prunelab-error" if error else "prunelab-line")
        self.observe(self._write, "text")
        self.show(text)

    def show(self, text: str) -> None:
        """Says something else."""
        self.text = text

    def _write(self, _: Any) -> None:
        text = escape(self.text)
        self.value = f'<span role="{self._role}">{text}</span>' if text else ""
