"""The lab that a command names, and its runs as plain data."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from prunelab.errors import UsageError
from prunelab.user_files.paths import exists, is_file, user_path

if TYPE_CHECKING:
    from prunelab.lab import Lab, Run

__all__ = ["existing_lab", "no_runs", "print_notice", "run_json", "run_of"]


def existing_lab(folder: str | None) -> Lab | None:
    """The lab, if there is one: looking makes none."""
    from prunelab.lab import Lab, default_lab

    path = user_path(folder) if folder is not None else default_lab()
    if is_file(path):
        raise UsageError(f"lab {path} is a file: choose a folder with --lab")
    return Lab(path, make=False) if exists(path / "lab.sqlite") else None


def run_of(args: Namespace) -> tuple[Lab, Run]:
    """The lab and the run that was named by its number, or as `last`."""
    lab = existing_lab(args.lab)
    if lab is None:
        raise UsageError(f"run {args.number!r}: {no_runs(args.lab)}")
    if args.number == "last":
        found = lab.runs()
        if not found:
            raise UsageError(no_runs(args.lab))
        return lab, found[0]
    if not args.number.isdecimal() or len(args.number) > 15:
        raise UsageError(f"run {args.number!r} is not a number: see them with prunelab runs")
    return lab, lab.run(int(args.number))


def run_json(lab: Lab, run: Run) -> dict[str, Any]:
    """A run as plain data, with the path of its model."""
    file = lab.model_file(run.id)
    return run.to_json() | {"model_file": None if file is None else str(file)}


def print_notice(lab: Lab) -> None:
    """Prints what is amiss with the lab itself, if anything."""
    if lab.notice is not None:
        print(f"prunelab: {lab.notice}", file=sys.stderr)


def no_runs(folder: str | None, kind: str = "") -> str:
    """The line that there are none, and how to begin."""
    from prunelab.lab import default_lab

    path = folder if folder is not None else default_lab()
    return f"no {kind}runs in lab {path} yet: start one with prunelab train"
