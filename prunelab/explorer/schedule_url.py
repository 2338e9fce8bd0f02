"""Schedules as parameters of a link: `schedule=polynomial&final_sparsity=0.875&...`."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from prunelab.errors import UsageError
from prunelab.schedules import PruningSchedule
from prunelab.schedules.catalog import BASELINE, KINDS, Kind, make_schedule
from prunelab.schedules.serialization.catalog_config import catalog_kind, class_default
from prunelab.schedules.serialization.json_config import plain_config

__all__ = ["read_schedule", "schedule_label", "split_query", "write_schedule"]


def schedule_label(schedule: PruningSchedule | None) -> str:
    """What a schedule is called where nobody named it."""
    if schedule is None:
        return "no pruning"
    return catalog_kind(schedule).label


def split_query(
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


def read_schedule(key: str, given: Mapping[str, str], steps: int) -> PruningSchedule | None:
    """Makes the schedule that a link describes.

    Args:
        key: The kind's key, or "none".
        given: Texts by the parameter's name, or by its first word where that says which ("final"
            of "final_sparsity"). What is missing takes what fits the run (see `make_schedule`).
        steps: Steps of the run, which shares such as "20%" are of.

    Raises:
        UsageError: for an unknown kind, a parameter of another kind, or a bad value.
    """
    key = key.strip()
    names = _names(KINDS[key]) if key in KINDS else {}
    texts: dict[str, str] = {}
    for name, text in given.items():
        own = names.get(name, name)
        if own in texts:
            raise UsageError(f"{own} is given twice: leave one of them out")
        texts[own] = text
    return make_schedule(key, texts, steps)


def write_schedule(schedule: PruningSchedule | None, steps: int) -> list[tuple[str, str]]:
    """The parameters that `read_schedule` makes the same schedule of, that of the kind first.

    A value is left out where it is the class's default and the field's as well, whatever
    the run, so that a link keeps its meaning when the catalog chooses another default.

    Raises:
        UsageError: for a class of somebody's own, or values that a link cannot say.
    """
    if schedule is None:
        return [("schedule", BASELINE)]
    kind, config = catalog_kind(schedule), plain_config(schedule)
    written = {}
    for field in kind.fields:
        value = config["config"].get(field.name)
        if field.fits or not value == class_default(kind, field.name) == field.default:
            written[field.name] = field.write(value)
    again = read_schedule(kind.key, written, steps)
    if again is None or plain_config(again) != config:
        raise UsageError(
            f"{type(schedule).__name__} with {str(config['config'])[:80]} cannot be said in a "
            "link: save it as a preset"
        )
    return [("schedule", kind.key), *written.items()]


def _names(kind: Kind) -> dict[str, str]:
    """What a parameter may be called, and its own name: the first word counts where it is alone."""
    own = [field.name for field in kind.fields]
    words = [name.partition("_")[0] for name in own]
    short = {word: name for word, name in zip(words, own, strict=True) if words.count(word) == 1}
    return short | {name: name for name in own}
