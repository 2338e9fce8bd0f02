"""Schedules as parameters of a link: `schedule=polynomial&final_sparsity=0.875&...`."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from prunelab.errors import UsageError
from prunelab.plan import to_step
from prunelab.schedules import PruningSchedule
from prunelab.schedules.catalog import KINDS, Field, Kind, kind_named
from prunelab.schedules.known import default_of, known_kind
from prunelab.schedules.plain import plain_config
from prunelab.schedules.validate import step_of

__all__ = ["BASELINE", "label_of", "parted", "read_schedule", "whole", "write_schedule"]

# The kind of a run that prunes nothing, as on the command line.
BASELINE = "none"

# Longer than any number is written; a text may fill the link.
_LONGEST_NUMBER = 40


def label_of(schedule: PruningSchedule | None) -> str:
    """What a schedule is called where nobody named it."""
    if schedule is None:
        return "no pruning"
    return known_kind(schedule).label


def parted(
    pairs: Iterable[tuple[str, str]], own: Container[str]
) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Parts what a link says of the run from what it says of each schedule.

    Args:
        pairs: Names and texts, in the order of the link.
        own: The names that are of the run.

    Returns:
        The texts of `own`, and for each `schedule` in turn those that follow it, the first with
        what comes before it; no schedules where none is named. Other names are left out.

    Raises:
        UsageError: for a name that is there twice.
    """
    run: dict[str, str] = {}
    groups: list[dict[str, str]] = [{}]
    known = {"schedule", "name", *(name for kind in KINDS.values() for name in _names(kind))}
    for name, text in pairs:
        if name == "schedule" and name in groups[-1]:
            groups.append({})
        target = run if name in own else groups[-1]
        if target is not run and name not in known:
            continue
        if name in target:
            raise UsageError(f"{name} is given twice for one schedule or run: leave one out")
        target[name] = text
    return run, groups if "schedule" in groups[0] else []


def whole(text: str, name: str) -> int:
    """A whole number of a link.

    Raises:
        UsageError: for anything else.
    """
    try:
        number = float(text)
    except ValueError as error:
        raise UsageError(
            f"{name}={text[:40]!r} is not a whole number: use one such as 30"
        ) from error
    return step_of(number, name)


def read_schedule(key: str, given: Mapping[str, str], steps: int) -> PruningSchedule | None:
    """Makes the schedule that a link describes.

    Args:
        key: The kind's key, or "none".
        given: Texts by the parameter's name, or by its first word where that says which ("final"
            of "final_sparsity"). What is missing takes the field's usual value.
        steps: Steps of the run, which shares such as "20%" are of.

    Raises:
        UsageError: for an unknown kind, a parameter of another kind, or a bad value.
    """
    key = key.strip()
    if key == BASELINE:
        if given:
            raise UsageError(f"schedule 'none' has no {next(iter(given))}: leave it out")
        return None
    if key not in KINDS:
        raise UsageError(
            f"schedule {key[:40]!r} is not known: use one of {', '.join((*KINDS, BASELINE))}"
        )
    kind = kind_named(key)
    names = _names(kind)
    texts: dict[str, str] = {}
    for name, text in given.items():
        if name not in names:
            has = ", ".join(field.name for field in kind.fields)
            raise UsageError(f"schedule {key!r} has no {name}: it has {has}")
        if names[name] in texts:
            raise UsageError(f"{names[name]} is given twice: leave one of them out")
        texts[names[name]] = text
    return kind.make(**{field.name: _value(field, texts, steps) for field in kind.fields})


def write_schedule(schedule: PruningSchedule | None, steps: int) -> list[tuple[str, str]]:
    """The parameters that `read_schedule` makes the same schedule of, that of the kind first.

    A value is left out where it is the class's default and the field's usual one as well, so that
    a link keeps its meaning when the catalog chooses another usual value.

    Raises:
        UsageError: for a class of somebody's own, or values that a link cannot say.
    """
    if schedule is None:
        return [("schedule", BASELINE)]
    kind, config = known_kind(schedule), plain_config(schedule)
    written = {}
    for field in kind.fields:
        value = config["config"].get(field.name)
        if not value == default_of(kind, field.name) == field.usual:
            written[field.name] = _text(field, value)
    again = read_schedule(kind.key, written, steps)
    if again is None or plain_config(again) != config:
        raise UsageError(
            f"{kind.make.__name__} with {str(config['config'])[:80]} cannot be said in a link: "
            "save it as a preset"
        )
    return [("schedule", kind.key), *written.items()]


def _names(kind: Kind) -> dict[str, str]:
    """What a parameter may be called, and its own name: the first word counts where it is alone."""
    own = [field.name for field in kind.fields]
    words = [name.partition("_")[0] for name in own]
    short = {word: name for word, name in zip(words, own, strict=True) if words.count(word) == 1}
    return short | {name: name for name in own}


def _value(field: Field, texts: Mapping[str, str], steps: int) -> Any:
    text: Any = texts.get(field.name, field.usual)
    if field.form == "step":
        return to_step(_short(text, field.name), steps, field.name)
    if field.form == "text":
        return field.parse(text, steps) if field.parse else text
    if not isinstance(text, str):
        return text
    return _number(_short(text, field.name), field.name)


def _text(field: Field, value: Any) -> str:
    if field.form == "text":
        return field.show(value) if field.show else str(value)
    return repr(value)


def _short(value: Any, name: str) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST_NUMBER:
        raise UsageError(f"{name}={value[:20]!r}... is not a number: use one such as 100")
    return value


def _number(text: str, name: str) -> float | int:
    """A number of a text; an `int` where it is one, which keeps all its digits."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError as error:
        raise UsageError(f"{name}={text!r} is not a number: use one such as 0.875") from error
