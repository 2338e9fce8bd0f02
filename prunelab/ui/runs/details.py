"""`RunDetails`: all that was chosen for some runs, and where their models are."""

from __future__ import annotations

import base64
import os
from collections.abc import Collection, Sequence
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from prunelab.lab import Lab, Run, choices_of
from prunelab.user_files.paths import MODELS_AT

__all__ = ["RunDetails"]

# More runs than can be read at once, and more bytes than a notebook should hold.
_MOST_RUNS = 4
_MOST_INLINE = 1_000_000


class RunDetails(widgets.HTML):
    """Describes the runs that are selected; where none are, of the newest that has a model.

    Args:
        lab: Where their models are.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        super().__init__()
        self.add_class("prunelab-details")

    def show(self, runs: Sequence[Run], selected: Collection[int]) -> None:
        """Describes the selected among these runs, the newest first."""
        shown = [run for run in runs if run.id in selected]
        if not shown:
            shown = [run for run in runs if not run.active and self._lab.model_file(run.id)][:1]
        more = len(shown) - _MOST_RUNS
        parts = [self._described(run) for run in shown[:_MOST_RUNS]]
        if more > 0:
            parts.append(f"<p>{more} more selected.</p>")
        self.value = "".join(parts)

    def _described(self, run: Run) -> str:
        chosen = {**choices_of(run), "seed": run.seed}
        pairs = "".join(
            f"<span><b>{escape(name.replace('_', ' '))}</b> {escape(_text(value))}</span> "
            for name, value in chosen.items()
            if value is not None
        )
        return (
            f'<div class="prunelab-detail"><h3>Run {run.id}: {escape(run.name)}</h3>'
            f"<p>{pairs}</p>{_error(run)}{self._model(run)}</div>"
        )

    def _model(self, run: Run) -> str:
        file = self._lab.model_file(run.id)
        if file is None:
            return "" if run.active else "<p>It has no saved model.</p>"
        try:
            status = file.stat()
        except OSError:
            return "<p>Its model cannot be read.</p>"
        address = _address(run.id, file, status.st_size, status.st_mtime_ns)
        name = f"run-{run.id}.keras"
        link = f'<a href="{escape(address)}" download="{name}">download {name}</a>, '
        where = f"{status.st_size / 1000:,.1f} KB at <code>{escape(str(file))}</code>"
        return f"<p><b>model</b> {link if address else ''}{where}</p>"


def _address(number: int, file: Path, size: int, changed: int) -> str:
    """From where a browser takes a model; nothing where only its path helps."""
    if served := os.environ.get(MODELS_AT):
        return f"{served}{number}"
    return _inline(file, changed) if size <= _MOST_INLINE else ""


@lru_cache(maxsize=_MOST_RUNS)
def _inline(file: Path, changed: int) -> str:
    """A file as an address that holds all of it; `changed` distinguishes its versions."""
    try:
        data = base64.b64encode(file.read_bytes()).decode()
    except OSError:
        return ""
    return f"data:application/octet-stream;base64,{data}"


def _error(run: Run) -> str:
    return f"<p><b>error</b> {escape(run.error)}</p>" if run.error else ""


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
