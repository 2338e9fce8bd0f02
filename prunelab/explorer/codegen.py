"""What is on screen as text to take away: Python for prunelab, Python for tfmot, JSON."""

from __future__ import annotations

import json
from typing import Any

import prunelab
from prunelab.errors import UsageError
from prunelab.plan import Plan
from prunelab.schedules import ConstantSparsity, PolynomialDecay, PruningSchedule
from prunelab.schedules.serialization.catalog_config import catalog_kind
from prunelab.schedules.serialization.json_config import plain_config

__all__ = ["config_json", "prunelab_code", "tfmot_code"]

_TFMOT = (ConstantSparsity, PolynomialDecay)


def prunelab_code(plan: Plan, name: str = "") -> str:
    """Python that makes the schedule of a plan and the callback that follows it.

    Args:
        plan: The schedule on the steps of a run.
        name: What it is called, for the comment.

    Returns:
        Lines that run as they are, and as a comment the call of `fit` they are for.

    Raises:
        UsageError: for a schedule of a class of somebody's own.
    """
    each, epochs = plan.steps_per_epoch, plan.epochs
    title = f"{_one_line(name)}: " if name else ""
    comments = [
        f"# {title}{plan.steps:,} steps, {each:,} an epoch, {epochs:,} epochs.",
        f"# {_one_line(plan.summary)}",
    ]
    if plan.schedule is None:
        return _text([*comments, f"# model.fit(x, y, epochs={epochs})"])
    catalog_kind(plan.schedule)
    return _text(
        [
            *comments,
            *_imports(type(plan.schedule).__name__),
            "",
            _call("schedule = ", plan.schedule),
            "pruning = PruneLowMagnitude(schedule)",
            f"# model.fit(x, y, epochs={epochs}, callbacks=[pruning])",
        ]
    )


def tfmot_code(schedule: PruningSchedule | None) -> str:
    """Python that makes the same schedule for tensorflow_model_optimization 0.8.1.

    Raises:
        UsageError: for a schedule that tfmot does not have.
    """
    if schedule is None:
        raise UsageError("no pruning needs no code of tfmot: train the model as it is")
    if type(schedule) not in _TFMOT:
        raise UsageError(
            f"tfmot has no {type(schedule).__name__}: use "
            f"{' or '.join(one.__name__ for one in _TFMOT)} there, or prunelab's own code"
        )
    return _text(
        [
            "import os",
            "",
            "# tfmot works with Keras 2, which has to be asked for before TensorFlow is imported.",
            'os.environ["TF_USE_LEGACY_KERAS"] = "1"',
            "",
            "import tensorflow_model_optimization as tfmot",
            "",
            _call("schedule = tfmot.sparsity.keras.", schedule),
            "# model = tfmot.sparsity.keras.prune_low_magnitude(model, pruning_schedule=schedule)",
            "# model.compile(...)",
            "# model.fit(x, y, callbacks=[tfmot.sparsity.keras.UpdatePruningStep()])",
        ]
    )


def config_json(schedule: PruningSchedule | None) -> str:
    """`{"class_name": ..., "config": {...}}` as JSON; `null` for no schedule.

    Raises:
        UsageError: where the class answers with a config that is no plain data.
    """
    config = None if schedule is None else plain_config(schedule)
    return json.dumps(config, indent=2) + "\n"


def _imports(name: str) -> list[str]:
    """Where a class of the catalog and the callback are imported from."""
    if name in prunelab.__all__:
        names = ", ".join(sorted([name, "PruneLowMagnitude"]))
        return [f"from prunelab import {names}"]
    return ["from prunelab import PruneLowMagnitude", f"from prunelab.schedules import {name}"]


def _call(before: str, schedule: PruningSchedule) -> str:
    """A call of the class with all of its parameters, each on a line."""
    values: dict[str, Any] = plain_config(schedule)["config"]
    lines = [f"    {name}={value!r}," for name, value in values.items()]
    return "\n".join([f"{before}{type(schedule).__name__}(", *lines, ")"])


def _one_line(text: str) -> str:
    """A text that cannot leave the comment it stands in."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
