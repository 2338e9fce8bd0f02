"""Which class of schedule a config means."""

from __future__ import annotations

from typing import Any, TypeVar

from prunelab.errors import UsageError
from prunelab.schedules.base import PruningSchedule

__all__ = ["make"]

S = TypeVar("S", bound=PruningSchedule)


def _known(base: type[S]) -> dict[str, type[S]]:
    """Every concrete class below `base`, by name: a subclass is known once it is defined."""
    found: dict[str, type[S]] = {}
    for sub in base.__subclasses__():
        found.update(_known(sub))
        found[sub.__name__] = sub
    if not getattr(base, "__abstractmethods__", None):
        found[base.__name__] = base
    return found


def make(base: type[S], config: dict[str, Any]) -> S:
    """Makes the schedule that a config describes (see `PruningSchedule.from_config`)."""
    if not isinstance(config, dict):
        raise UsageError(f"{config!r} is not a schedule's config: give the dict of get_config()")
    known = _known(base)
    if "class_name" in config:
        name, values = config["class_name"], config.get("config", {})
    else:
        name, values = base.__name__, config
    if name not in known:
        raise UsageError(
            f"class_name {name!r} is not a known schedule: use one of {', '.join(sorted(known))}"
        )
    if not isinstance(values, dict):
        raise UsageError(f"config {values!r} of {name} must be a dict of its parameters")
    try:
        return known[name](**values)
    except TypeError as error:
        raise UsageError(f"config {values!r} does not fit {name}: {error}") from error
