"""`NamedSchedule`: a schedule and what it is called in charts, menus and links."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from prunelab.errors import UsageError
from prunelab.schedules import PruningSchedule

__all__ = ["NamedSchedule", "with_unique_names"]

_LONGEST_NAME = 60


@dataclass(frozen=True)
class NamedSchedule:
    """A schedule and what it is called.

    Attributes:
        name: Of 1 to 60 printable characters; blanks around it do not count.
        schedule: The schedule, or None for a run that prunes nothing.

    Raises:
        UsageError: for another name, or what is no schedule.
    """

    name: str
    schedule: PruningSchedule | None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise UsageError(f"name {str(self.name)[:60]!r} is not a text: use 'cubic', say")
        name = self.name.strip()
        if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
            raise UsageError(
                f"name {name[:_LONGEST_NAME]!r} must be 1 to {_LONGEST_NAME} printable characters "
                "in one line: use 'cubic', say"
            )
        object.__setattr__(self, "name", name)
        if self.schedule is not None and not isinstance(self.schedule, PruningSchedule):
            raise UsageError(
                f"schedule {str(self.schedule)[:60]!r} is not a PruningSchedule: use "
                "ConstantSparsity(0.5, 0), say, or None for no pruning"
            )


def with_unique_names(schedules: Sequence[NamedSchedule]) -> tuple[NamedSchedule, ...]:
    """The same schedules, of which the later ones of a name have a number after it."""
    taken = {named.name for named in schedules}
    seen: Counter[str] = Counter()
    apart = []
    for named in schedules:
        name = named.name
        seen[name] += 1
        number = seen[name]
        while number > 1 and name in taken:
            ending = f" {number}"
            name = named.name[: _LONGEST_NAME - len(ending)].rstrip() + ending
            number += 1
        taken.add(name)
        apart.append(named if name == named.name else replace(named, name=name))
    return tuple(apart)
