"""The findings of the linter for the terminal, with the options that mend each."""

from __future__ import annotations

import shlex
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any

from prunelab.cli.arguments.from_options import PARAMETERS, given_values
from prunelab.plan import Finding, Mend, Plan
from prunelab.schedules import PruningSchedule
from prunelab.schedules.catalog import Kind, kind_of, needed
from prunelab.schedules.serialization.json_config import plain_config

__all__ = ["findings_json", "findings_text", "options_of", "refusal"]


def findings_text(chosen: Namespace, plan: Plan, found: Sequence[Finding]) -> str:
    """The plan's summary, then a line a finding with its mends below it."""
    lines = [plan.summary]
    for one in found:
        lines.append(f"{one.severity}: {one.text}")
        for mend in one.mends:
            typed = shlex.join(options_of(chosen, plan, mend))
            lines.append(f"  mend: {mend.label}" + (f": {typed}" if typed else ""))
    return "\n".join(lines)


def findings_json(chosen: Namespace, plan: Plan, found: Sequence[Finding]) -> dict[str, Any]:
    """All that is known of the plan, as plain data."""
    at = plan.update_steps
    return {
        "schedule": _config(plan.schedule),
        "steps": plan.steps,
        "steps_per_epoch": plan.steps_per_epoch,
        "summary": plan.summary,
        "updates": len(at),
        "first_update": int(at[0]) if len(at) else None,
        "last_update": int(at[-1]) if len(at) else None,
        "reached": plan.reached,
        "findings": [
            {
                "code": one.code,
                "severity": one.severity,
                "text": one.text,
                "mends": [
                    {
                        "label": mend.label,
                        "schedule": _config(mend.schedule),
                        "epochs": mend.epochs,
                        "options": options_of(chosen, plan, mend),
                    }
                    for mend in one.mends
                ],
            }
            for one in found
        ],
    }


def refusal(chosen: Namespace, plan: Plan, one: Finding) -> str:
    """Why a run does not start, and what to type instead, in one line.

    Args:
        chosen: The options of the run.
        plan: What its schedule does.
        one: The finding that `prunelab.plan.diagnostics.blocking` gave.
    """
    typed = [options_of(chosen, plan, mend) for mend in one.mends]
    words = next((words for words in typed if words), None)
    if words:
        mend = f"use {shlex.join(words)}"
    else:
        mend = one.mends[0].label if one.mends else "choose another schedule"
    return f"{one.text}: {mend}, or --force to train all the same"


def options_of(chosen: Namespace, plan: Plan, mend: Mend) -> list[str]:
    """The options to type for a mend, in place of those that they repeat.

    Args:
        chosen: The options of the plan.
        plan: The plan that it mends.
        mend: The change.

    Returns:
        Words such as `["--end-step", "5752"]`, all of them where the kind of schedule changes;
        none for a schedule of a user's own class, which is changed in its file.
    """
    new = mend.apply(plan)
    words = []
    # Only `plan` can be told the steps of a run themselves.
    if mend.epochs is not None and getattr(chosen, "steps", None) is None:
        words = ["--epochs", str(mend.epochs)]
    elif mend.epochs is not None:
        words = ["--steps", str(new.steps), "--steps-per-epoch", str(new.steps_per_epoch)]
    kind = None if new.schedule is None else kind_of(new.schedule)
    if kind is None:
        return words
    same = type(new.schedule) is type(plan.schedule)
    typed = given_values(chosen) if same else {}
    if not same:
        words += ["--schedule", kind.key]
    texts = {field.name: field.write(getattr(new.schedule, field.name)) for field in kind.fields}
    for name in _told(kind, plan, new, typed):
        by_set = name not in PARAMETERS or (getattr(chosen, name) is None and name in typed)
        option = f"--{name.replace('_', '-')}"
        words += ["--set", f"{name}={texts[name]}"] if by_set else [option, texts[name]]
    return words


def _told(kind: Kind, plan: Plan, new: Plan, typed: Mapping[str, Any]) -> list[str]:
    """The parameters to type for a plan beside those that are typed already.

    They are those that the mend changes and, since shares and what is left out follow the run and
    each other, those that would mean something else beside them.
    """
    want = {field.name: getattr(new.schedule, field.name) for field in kind.fields}
    same = isinstance(plan.schedule, kind.schedule_class)
    told = [name for name in want if not same or want[name] != getattr(plan.schedule, name)]
    return needed(kind, want, typed, new.steps, told)


def _config(schedule: PruningSchedule | None) -> dict[str, Any] | None:
    return None if schedule is None else plain_config(schedule)
