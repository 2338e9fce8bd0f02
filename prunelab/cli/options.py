"""A run's config from the options of `prunelab train`."""

from __future__ import annotations

import importlib.util
import sys
from argparse import Namespace
from collections.abc import Container
from dataclasses import replace
from pathlib import Path
from typing import Any

from prunelab.data import DATASETS
from prunelab.errors import UsageError
from prunelab.lab import MODELS, SCHEDULES, RunConfig, make_schedule
from prunelab.paths import exists, is_file
from prunelab.schedules import PruningSchedule
from prunelab.schedules.catalog import kind_named

__all__ = ["run_config"]

_PARAMETERS = (
    "target_sparsity",
    "initial_sparsity",
    "final_sparsity",
    "power",
    "begin_step",
    "end_step",
    "frequency",
)


def run_config(chosen: Namespace) -> RunConfig:
    """The config that was chosen, all of it checked.

    Raises:
        UsageError: for a value that breaks a rule.
    """
    base = RunConfig(
        schedule=None,
        dataset=_absolute(chosen.dataset, DATASETS),
        model=_absolute(chosen.model, MODELS),
        epochs=chosen.epochs,
        batch_size=chosen.batch_size,
        seed=chosen.seed,
        validation_split=chosen.validation_split,
        learning_rate=chosen.learning_rate,
        name=chosen.name,
    )
    values = {name: getattr(chosen, name) for name in _PARAMETERS}
    if ":" in chosen.schedule:
        given = [name for name, value in values.items() if value is not None]
        options = ["--" + name.replace("_", "-") for name in given] + ["--set"] * bool(chosen.set)
        if options:
            raise UsageError(
                f"{options[0]} does not go with {chosen.schedule}: set it in that file"
            )
        schedule: PruningSchedule | None = _own(chosen.schedule)
    else:
        if chosen.schedule not in SCHEDULES:
            kind_named(chosen.schedule, others=("none", "or FILE.py:NAME"))
        values = _with_set(values, chosen.set)
        schedule = make_schedule(chosen.schedule, values, base.plan.steps)
    return replace(base, schedule=schedule)


def _with_set(values: dict[str, Any], assignments: list[str]) -> dict[str, Any]:
    """The parameters together with those of `--set name=value`."""
    found = dict(values)
    for text in assignments:
        name, equals, value = text.partition("=")
        name, value = name.strip().replace("-", "_"), value.strip()
        if not (equals and name and value):
            raise UsageError(f"--set {text!r} is not of the form name=value: use rounds=5, say")
        if found.get(name) is not None:
            raise UsageError(f"--set {text!r} gives {name} a second time: give it once")
        found[name] = value
    return found


def _absolute(name: str, known: Container[str]) -> str:
    """The training process, and whoever looks later, may stand in another folder."""
    is_file = name not in known and exists(Path(name))
    return str(Path(name).resolve()) if is_file else name


def _own(place: str) -> PruningSchedule:
    """The schedule `NAME` of `FILE.py`: an object, or a class that needs no arguments."""
    file, _, name = place.rpartition(":")
    path = Path(file)
    if path.suffix != ".py" or not is_file(path):
        raise UsageError(f"schedule {place!r}: {file} is no Python file: give FILE.py:NAME")
    spec = importlib.util.spec_from_file_location(f"prunelab_own_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by its name.
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
        found = getattr(module, name)
        schedule = found() if isinstance(found, type) else found
    except Exception as error:
        line = (str(error) or type(error).__name__).splitlines()[0]
        raise UsageError(f"schedule {place!r} cannot be made: {line}: mend {file}") from error
    if not isinstance(schedule, PruningSchedule):
        raise UsageError(
            f"schedule {place!r} is a {type(schedule).__name__}: give a PruningSchedule"
        )
    return schedule
