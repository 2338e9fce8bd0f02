"""The findings of the linter for the terminal, with the options that mend each."""

from __future__ import annotations

import shlex
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from prunelab.cli.options import PARAMETERS
from prunelab.lint import Finding, Mend
from prunelab.plan import Plan
from prunelab.schedules import PruningSchedule
from prunelab.schedules.catalog import kind_of
from prunelab.schedules.plain import plain_config

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
        one: The finding that `prunelab.lint.blocking` gave.
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
    if not same:
        words += ["--schedule", kind.key]
    for name in PARAMETERS:
        value = getattr(new.schedule, name, None)
        if value is None:
            continue
        if not same or value != getattr(plan.schedule, name) or _moves(chosen, mend, name, value):
            words += [f"--{name.replace('_', '-')}", f"{value!r}"]
    return words


def _moves(chosen: Namespace, mend: Mend, name: str, value: float) -> bool:
    """Whether what was typed, or left out, would mean another step once the mend is typed."""
    typed = getattr(chosen, name)
    if typed is None:
        # The end of a decay is by default a share of the run, on the turns of its frequency.
        return name == "end_step" and value != -1
    return mend.epochs is not None and isinstance(typed, str) and "%" in typed


def _config(schedule: PruningSchedule | None) -> dict[str, Any] | None:
    return None if schedule is None else plain_config(schedule)
