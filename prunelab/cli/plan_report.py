"""What is found in a plan, as text and as JSON, with the options that mend each finding."""

from __future__ import annotations

import shlex
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from prunelab.cli.arguments.mend_options import options_of
from prunelab.plan import Finding, Plan
from prunelab.schedules import PruningSchedule
from prunelab.schedules.serialization.json_config import plain_config

__all__ = ["findings_json", "findings_text", "refusal"]


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


def _config(schedule: PruningSchedule | None) -> dict[str, Any] | None:
    return None if schedule is None else plain_config(schedule)
