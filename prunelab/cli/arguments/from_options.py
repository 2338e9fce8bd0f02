"""A run's config, or its plan, from the options of a command."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

from prunelab.cli.arguments.schedule_options import PARAMETERS, option_of
from prunelab.errors import UsageError, first_line
from prunelab.lab import SCHEDULES, RunConfig, make_schedule
from prunelab.plan import Plan, steps_per_epoch
from prunelab.schedules import PruningSchedule
from prunelab.schedules.catalog import kind_named
from prunelab.schedules.values.validation import count_of
from prunelab.user_files.paths import is_file, user_path
from prunelab.user_files.python_file import run_python_file

__all__ = ["chosen_plan", "chosen_schedule", "given_values", "run_config"]


def run_config(chosen: Namespace) -> RunConfig:
    """The config that was chosen, all of it checked.

    Raises:
        UsageError: for a value that breaks a rule.
    """
    base = RunConfig(
        schedule=None,
        dataset=chosen.dataset,
        model=chosen.model,
        epochs=chosen.epochs,
        batch_size=chosen.batch_size,
        seed=chosen.seed,
        validation_split=chosen.validation_split,
        learning_rate=chosen.learning_rate,
        loss=chosen.loss,
        optimizer=chosen.optimizer,
        module=chosen.module,
        name=chosen.name,
        scale=chosen.scale,
        target=chosen.target,
    )
    return replace(base, schedule=chosen_schedule(chosen, base.plan.steps))


def chosen_schedule(chosen: Namespace, steps: int) -> PruningSchedule | None:
    """The schedule that was chosen, on a run of so many steps; None for the baseline.

    Raises:
        UsageError: for a value that breaks a rule.
    """
    if ":" in chosen.schedule:
        given = [name for name in PARAMETERS if getattr(chosen, name) is not None]
        options = [option_of(name) for name in given] + ["--set"] * bool(chosen.set)
        if options:
            raise UsageError(
                f"{options[0]} does not go with {chosen.schedule}: set it in that file"
            )
        return _own(chosen.schedule)
    if chosen.schedule not in SCHEDULES:
        kind_named(chosen.schedule, others=("none", "or FILE.py:NAME"))
    return make_schedule(chosen.schedule, given_values(chosen), steps)


def given_values(chosen: Namespace) -> dict[str, str]:
    """What was typed for parameters of the schedule, by name, also by `--set name=value`.

    Raises:
        UsageError: for a `--set` of another form, or a parameter that is given twice.
    """
    found: dict[str, str] = {
        name: getattr(chosen, name) for name in PARAMETERS if getattr(chosen, name) is not None
    }
    for text in chosen.set:
        name, equals, value = text.partition("=")
        name, value = name.strip().replace("-", "_"), value.strip()
        if not (equals and name and value):
            raise UsageError(f"--set {text!r} is not of the form name=value: use rounds=5, say")
        if name in found:
            raise UsageError(f"--set {text!r} gives {name} a second time: give it once")
        found[name] = value
    return found


def chosen_plan(chosen: Namespace) -> Plan:
    """The schedule that was chosen, on the run whose length follows from the options.

    Raises:
        UsageError: for a value that breaks a rule.
    """
    if chosen.steps_per_epoch is not None and chosen.steps is None:
        raise UsageError("--steps-per-epoch needs the steps of the run: give --steps too")
    if chosen.samples is not None and chosen.steps is not None:
        raise UsageError("--samples does not go with --steps: give the one or the other")
    for name in ("samples", "steps", "steps_per_epoch", "epochs", "batch_size"):
        if getattr(chosen, name) is not None:
            count_of(getattr(chosen, name), name, 100)
    if chosen.steps is not None:
        steps, each = chosen.steps, chosen.steps_per_epoch or chosen.steps
    elif chosen.samples is not None:
        each = steps_per_epoch(chosen.samples, chosen.batch_size)
        steps = each * chosen.epochs
    else:
        run = RunConfig(
            schedule=None,
            dataset=chosen.dataset,
            epochs=chosen.epochs,
            batch_size=chosen.batch_size,
            validation_split=chosen.validation_split,
            scale=chosen.scale,
            target=chosen.target,
        )
        steps, each = run.plan.steps, run.plan.steps_per_epoch
    # First the run alone, which refuses a length that no run has.
    return replace(Plan(None, steps, each), schedule=chosen_schedule(chosen, steps))


def _own(place: str) -> PruningSchedule:
    """The schedule `NAME` of `FILE.py`: an object, or a class that needs no arguments."""
    file, _, name = place.rpartition(":")
    path = user_path(file)
    if path.suffix != ".py" or not is_file(path):
        raise UsageError(f"schedule {place!r}: {file} is no Python file: give FILE.py:NAME")
    try:
        found = getattr(run_python_file(path), name)
        schedule = found() if isinstance(found, type) else found
    except Exception as error:
        raise UsageError(
            f"schedule {place!r} cannot be made: {first_line(error)}: mend {file}"
        ) from error
    if not isinstance(schedule, PruningSchedule):
        raise UsageError(
            f"schedule {place!r} is a {type(schedule).__name__}: give a PruningSchedule"
        )
    return schedule
