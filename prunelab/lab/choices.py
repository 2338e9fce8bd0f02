"""The choices in which runs differ, as values and as short texts."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prunelab.lab.run import Run

__all__ = ["choices_of", "differences", "differing", "group_of", "short_names", "short_schedules"]

# Shown even where they are the same for all.
_SPARSITIES = ("final_sparsity", "target_sparsity")
_SHOWN_DIGITS = 8


def choices_of(run: Run) -> dict[str, Any]:
    """All that was chosen for a run but its seed and its name, by name."""
    own = {
        "schedule": run.schedule_text,
        "dataset": run.dataset,
        "model": run.model,
        "epochs": run.epochs,
        "batch_size": run.batch_size,
    }
    return own | {name: value for name, value in run.details.items() if name not in own}


def group_of(run: Run) -> str:
    """Equal for runs that differ by their seed alone.

    The choices of a script are only partly known, so its runs are one group only under one name.
    """
    return run.choices or hashlib.sha256(_key([run.name, choices_of(run)]).encode()).hexdigest()


def differing(runs: Sequence[Run]) -> list[str]:
    """Names of the choices that are not the same for all of some runs.

    Returns:
        Names from `choices_of`. Where runs of different groups would look alike all the same, such
        as under two classes of one name, also `"name"`, or `"choices"` where names are equal too.
    """
    choices = [choices_of(run) for run in runs]
    names = dict.fromkeys(name for one in choices for name in one)
    found = [name for name in names if len({_key(one.get(name)) for one in choices}) > 1]
    alike = defaultdict(set)
    for run, one in zip(runs, choices, strict=True):
        alike[tuple(_key(one.get(name)) for name in found)].add((group_of(run), run.name))
    hidden = [pairs for pairs in alike.values() if len({group for group, _ in pairs}) > 1]
    if hidden:
        named_apart = all(len({name for _, name in pairs}) == len(pairs) for pairs in hidden)
        found.append("name" if named_apart else "choices")
    return found


def differences(runs: Sequence[Run]) -> dict[str, list[str]]:
    """The choices that are not the same for all of some runs, as short texts.

    Returns:
        By the names that `differing` gives, one text a run, in the order of the runs: schedules
        with their class, their sparsity and the parameters in which those of their class differ,
        files by as much of their paths as tells them apart, "-" for what a run does not have.
    """
    texts = {}
    for name in differing(runs):
        if name == "schedule":
            texts[name] = short_schedules([run.schedule for run in runs])
        elif name in ("dataset", "model"):
            texts[name] = short_names([getattr(run, name) for run in runs])
        elif name == "name":
            texts[name] = [run.name for run in runs]
        elif name == "choices":
            texts[name] = [group_of(run)[:_SHOWN_DIGITS] for run in runs]
        else:
            texts[name] = [_text(choices_of(run).get(name)) for run in runs]
    return texts


def short_schedules(schedules: Sequence[Mapping[str, Any] | None]) -> list[str]:
    """Schedules as texts, with the parameters in which they differ and their sparsity."""
    values: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in schedules:
        if one is not None:
            for name, value in one["config"].items():
                values[one["class_name"]][name].add(_key(value))
    return [
        "none"
        if one is None
        else _call_text(
            one["class_name"],
            {
                name: value
                for name, value in one["config"].items()
                if name in _SPARSITIES or len(values[one["class_name"]][name]) > 1
            },
        )
        for one in schedules
    ]


def short_names(paths: Sequence[str]) -> list[str]:
    """Names or paths by their last part, or by as many parts as tell them apart."""
    parts = {path: Path(path).parts for path in paths}

    def shortest(path: str) -> str:
        for count in range(1, len(parts[path])):
            tail = parts[path][-count:]
            if all(other == path or parts[other][-count:] != tail for other in parts):
                return str(Path(*tail))
        return path

    short = {path: shortest(path) for path in parts}
    return [short[path] for path in paths]


def _call_text(name: str, values: Mapping[str, Any]) -> str:
    written = ", ".join(f"{key}={value}" for key, value in values.items())
    return f"{name}({written})" if written else name


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else _key(value)
