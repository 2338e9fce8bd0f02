"""What a shell completes: commands and options from the parser, values from here."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

import argcomplete
from argcomplete.completers import DirectoriesCompleter, FilesCompleter, SuppressCompleter

from prunelab.cli.labs import existing_lab
from prunelab.errors import PrunelabError
from prunelab.schedules.catalog import KINDS, SCHEDULES

__all__ = ["complete"]


def complete(root: argparse.ArgumentParser) -> None:
    """Answers a shell that asks what may come next, and ends the process.

    Args:
        root: The parser of all commands.
    """
    for command in _commands(root):
        for action in command._actions:
            if action.dest in _COMPLETERS:
                # Where argcomplete looks for it.
                action.completer = _COMPLETERS[action.dest]  # type: ignore[attr-defined]
    argcomplete.autocomplete(root, default_completer=SuppressCompleter())


def _commands(root: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    return [
        command
        for action in root._actions
        if isinstance(action, argparse._SubParsersAction)
        for command in action.choices.values()
    ]


def _schedules(**_: Any) -> list[str]:
    return list(SCHEDULES)


def _parameters(parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """What `--set` sets of the schedule that is chosen."""
    kind = KINDS.get(parsed_args.schedule)
    return [] if kind is None else [f"{field.name}=" for field in kind.fields]


def _datasets(prefix: str, **_: Any) -> list[str]:
    from prunelab.data import DATASETS
    from prunelab.data.formats.file_kind import ENDINGS

    return [*DATASETS, *FilesCompleter(tuple(ENDINGS))(prefix)]


def _models(prefix: str, **_: Any) -> list[str]:
    from prunelab.lab import MODELS

    return [*MODELS, *FilesCompleter((".keras",))(prefix)]


def _scales(**_: Any) -> list[str]:
    from prunelab.data import SCALES

    return list(SCALES)


def _runs(parsed_args: argparse.Namespace, **_: Any) -> Mapping[str, str]:
    """The numbers of runs with their names, which shells show that can; none where there is no lab.

    What is wrong with a lab is reported once a command reads it, and not while one types.
    """
    try:
        lab = existing_lab(parsed_args.lab)
        runs = [] if lab is None else lab.runs()
    except PrunelabError:
        runs = []
    found = {str(run.id): f"{run.name}, {run.state}" for run in runs}
    return found | {"last": "the newest run"} if found else found


_COMPLETERS: dict[str, Any] = {
    "schedule": _schedules,
    "set": _parameters,
    "dataset": _datasets,
    "model": _models,
    "scale": _scales,
    "number": _runs,
    "lab": DirectoriesCompleter(),
    "folder": DirectoriesCompleter(),
    "module": FilesCompleter((".py",)),
    "html": FilesCompleter(),
}
