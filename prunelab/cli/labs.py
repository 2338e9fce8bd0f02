"""The lab that a command names, and its runs as plain data."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from prunelab.errors import UsageError
from prunelab.user_files.paths import exists, is_file, user_path

if TYPE_CHECKING:
    from prunelab.lab import Lab, Run

__all__ = ["existing_lab", "no_runs", "run_json", "run_of", "tell_notice"]


def existing_lab(folder: str | None) -> Lab | None:
    """The lab, if there is one: looking makes none."""
    from prunelab.lab import Lab, default_lab

    path = user_path(folder) if folder is not None else default_lab()
    if is_file(path):
        raise UsageError(f"lab {path} is a file: choose a folder with --lab")
    return Lab(path, make=False) if exists(path / "lab.sqlite") else None


def run_of(chosen: Namespace) -> tuple[Lab, Run]:
    """The lab and the run that was named by its number, or as `last`."""
    lab = existing_lab(chosen.lab)
    if lab is None:
        raise UsageError(f"run {chosen.number!r}: {no_runs(chosen.lab)}")
    if chosen.number == "last":
        found = lab.runs()
        if not found:
            raise UsageError(no_runs(chosen.lab))
        return lab, found[0]
    if not chosen.number.isdecimal() or len(chosen.number) > 15:
        raise UsageError(f"run {chosen.number!r} is not a number: see them with prunelab runs")
    return lab, lab.run(int(chosen.number))


def run_json(lab: Lab, run: Run) -> dict[str, Any]:
    """All that is known of a run, as plain data, and where its model lies."""
    file = lab.model_file(run.id)
    return run.to_json() | {"model_file": None if file is None else str(file)}


def tell_notice(lab: Lab) -> None:
    """What a reader should know of the lab, beside what it holds."""
    if lab.notice is not None:
        print(f"prunelab: {lab.notice}", file=sys.stderr)


def no_runs(folder: str | None, kind: str = "") -> str:
    """That there are none, and how to begin."""
    from prunelab.lab import default_lab

    path = folder if folder is not None else default_lab()
    return f"no {kind}runs in lab {path} yet: start one with prunelab train"
