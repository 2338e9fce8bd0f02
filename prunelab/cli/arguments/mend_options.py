"""A mend of a plan as the options to type for it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from prunelab.cli.arguments.from_options import given_values
from prunelab.cli.arguments.schedule_options import option_of
from prunelab.plan import Mend, Plan
from prunelab.schedules.catalog import Kind, kind_of, parameters_to_give

__all__ = ["options_of"]


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
    # Only `plan` takes the steps of a run themselves.
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
    for name in _to_type(kind, plan, new, typed):
        by_set = name in typed and getattr(chosen, name) is None
        words += ["--set", f"{name}={texts[name]}"] if by_set else [option_of(name), texts[name]]
    return words


def _to_type(kind: Kind, plan: Plan, new: Plan, typed: Mapping[str, Any]) -> list[str]:
    """The parameters to type for a plan beside those that are typed already.

    They are those that the mend changes and, since shares and what is left out follow the run and
    each other, those that would mean something else beside them.
    """
    want = {field.name: getattr(new.schedule, field.name) for field in kind.fields}
    same = isinstance(plan.schedule, kind.schedule_class)
    changed = [name for name in want if not same or want[name] != getattr(plan.schedule, name)]
    return parameters_to_give(kind, want, typed, new.steps, changed)
