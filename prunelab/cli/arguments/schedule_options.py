"""The options of a schedule, made from the catalog: one for each parameter of any kind."""

from __future__ import annotations

import argparse

from prunelab.schedules.catalog import KINDS, Field

__all__ = ["PARAMETERS", "add_schedule_options", "option_of"]

# What follows an option in its help; of a text, the parameter's name.
_METAVARS = {"sparsity": "SPARSITY", "step": "STEP", "whole": "N", "number": "NUMBER"}

# A help text names the kinds of a parameter where they are no more.
_MOST_NAMED = 4


def _fields_by_name() -> dict[str, dict[Field, list[str]]]:
    """The fields of each parameter's name, with the keys of the kinds that have them."""
    found: dict[str, dict[Field, list[str]]] = {}
    for kind in KINDS.values():
        for field in kind.fields:
            found.setdefault(field.name, {}).setdefault(field, []).append(kind.key)
    return found


_FIELDS = _fields_by_name()

PARAMETERS = tuple(_FIELDS)


def option_of(parameter: str) -> str:
    """The option that sets a parameter: `--begin-step` for `begin_step`."""
    return f"--{parameter.replace('_', '-')}"


def add_schedule_options(command: argparse.ArgumentParser) -> None:
    """Adds the group of options that choose a schedule and set its parameters."""
    group = command.add_argument_group(
        "schedule",
        "A sparsity is 0.875 or 87.5%, a step a number or a share of the run such as 20%. What is "
        "left out fits the run.",
    )
    group.add_argument(
        "--schedule",
        default="polynomial",
        metavar="KIND",
        help=f"{', '.join(KINDS)}, none (the unpruned baseline), or FILE.py:NAME for one of your "
        "own (default: polynomial)",
    )
    for name, fields in _FIELDS.items():
        one = next(iter(fields))
        # They are read with the run's steps at hand, as everywhere (see `Field.read`).
        group.add_argument(
            option_of(name),
            metavar=_METAVARS.get(one.value_type, name.upper()),
            help=_help(fields).replace("%", "%%"),
        )
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any parameter of the schedule by its name: rounds=5, table=20%%:0.5,80%%:0.75 or "
        "formula=0.9*p^2; may be given several times",
    )


def _help(fields: dict[Field, list[str]]) -> str:
    """What a parameter means, and its default: first as most kinds have it, then as others do."""
    ordered = sorted(fields.items(), key=lambda pair: -len(pair[1]))
    parts = []
    for place, (field, kinds) in enumerate(ordered):
        default = field.default if isinstance(field.default, str) else f"{field.default:g}"
        of = f"of {', '.join(kinds)}: " if place or len(kinds) <= _MOST_NAMED else ""
        meaning = field.description[:1].lower() + field.description[1:].removesuffix(".")
        parts.append(f"{of}{meaning} (default: {field.default_text or default})")
    return "; ".join(parts)
