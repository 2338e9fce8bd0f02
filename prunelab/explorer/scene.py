"""`Scene`: what the explorer shows, as a value that a link or a file can hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl, quote, urlencode

from prunelab.errors import UsageError
from prunelab.explorer.link_length import TOO_MUCH_SHOWN, check_length
from prunelab.explorer.named_schedule import NamedSchedule, with_unique_names
from prunelab.explorer.schedule_url import (
    read_schedule,
    schedule_label,
    split_query,
    write_schedule,
)
from prunelab.plan import Plan, steps_per_epoch
from prunelab.schedules.serialization.catalog_config import from_catalog_config, to_catalog_config
from prunelab.schedules.values.typed_numbers import whole_from
from prunelab.schedules.values.validation import count_of, step_of

__all__ = ["MOST_SCHEDULES", "Axis", "Scene"]

Axis = Literal["step", "epoch"]

# More cannot be told apart in one chart.
MOST_SCHEDULES = 8

_DEFAULT_SIZES = {"samples": 48_000, "batch_size": 250, "epochs": 30}
_RUN_NAMES = {*_DEFAULT_SIZES, "edited", "axis"}


@dataclass(frozen=True)
class Scene:
    """Schedules to compare, on the steps of one run.

    As a link's query it is `schedule=KIND`, followed by the parameters of that schedule and its
    `name`, then the next `schedule=` likewise, and anywhere the run's sizes:

        schedule=polynomial&final=0.875
        schedule=polynomial&final_sparsity=0.8&end_step=60%&name=early&schedule=none&epochs=10

    A parameter belongs to the `schedule=` before it (before the first: to the first). It has its
    full name, or the first word of it where no other begins so; steps may be shares of the run.
    What is missing fits the run; what is not known, such as a server's `token`, is not looked at.

    Attributes:
        schedules: 1 to 8 of them; of names that occur twice the later ones get a number.
        edited: The place of the one that the form edits, from 0.
        samples: Samples that the model trains on.
        batch_size: Samples of one step.
        epochs: Passes over the samples.
        axis: What the charts count along x.

    Raises:
        UsageError: for a value that breaks a rule, or a run of too many steps.
    """

    schedules: tuple[NamedSchedule, ...]
    edited: int = 0
    samples: int = _DEFAULT_SIZES["samples"]
    batch_size: int = _DEFAULT_SIZES["batch_size"]
    epochs: int = _DEFAULT_SIZES["epochs"]
    axis: Axis = "step"

    def __post_init__(self) -> None:
        put = object.__setattr__
        if not isinstance(self.schedules, tuple | list) or not all(
            isinstance(named, NamedSchedule) for named in self.schedules
        ):
            raise UsageError(
                f"schedules={str(self.schedules)[:60]!r} are no tuple of NamedSchedule: use one"
            )
        count = len(self.schedules)
        if not 1 <= count <= MOST_SCHEDULES:
            raise UsageError(f"{count} schedules are not 1 to {MOST_SCHEDULES}: use that many")
        put(self, "schedules", with_unique_names(self.schedules))
        put(self, "edited", step_of(self.edited, "edited"))
        if not 0 <= self.edited < count:
            raise UsageError(f"edited={self.edited} is none of {count} schedules: use 0, say")
        for name, default in _DEFAULT_SIZES.items():
            put(self, name, count_of(getattr(self, name), name, default))
        if self.axis not in get_args(Axis):
            raise UsageError(f"axis={str(self.axis)[:40]!r} is not known: use step or epoch")
        Plan(None, self.steps, self.steps_per_epoch)  # It says so where there are too many.

    @property
    def steps_per_epoch(self) -> int:
        """Steps of one epoch."""
        return steps_per_epoch(self.samples, self.batch_size)

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self.steps_per_epoch * self.epochs

    def plan(self, index: int) -> Plan:
        """One of the schedules, by its place from 0, on the steps of the run."""
        return Plan(self.schedules[index].schedule, self.steps, self.steps_per_epoch)

    @property
    def linkable(self) -> bool:
        """Whether `to_query` has an answer."""
        try:
            self.to_query()
        except UsageError:
            return False
        return True

    def to_query(self) -> str:
        """The query of a link to this, without its "?".

        Raises:
            UsageError: for a schedule of a class of somebody's own, or a link of more than
                `LONGEST_LINK` characters.
        """
        pairs: list[tuple[str, str]] = []
        for named in self.schedules:
            pairs += write_schedule(named.schedule, self.steps)
            if named.name != schedule_label(named.schedule):
                pairs.append(("name", named.name))
        pairs += [(name, str(getattr(self, name))) for name in _DEFAULT_SIZES]
        if self.edited:
            pairs.append(("edited", str(self.edited)))
        if self.axis != "step":
            pairs.append(("axis", self.axis))
        try:
            text = urlencode(pairs, safe=",:;()*/@", quote_via=quote)
        except UnicodeEncodeError as error:
            raise UsageError(f"a link cannot hold this text: {error}: write it anew") from error
        check_length(text, TOO_MUCH_SHOWN)
        return text

    @classmethod
    def from_query(cls, query: str, run: Scene | None = None) -> Scene | None:
        """The scene of a link; None where the link names no schedule.

        Args:
            query: What stands after a page's address, with or without its "?". It may come from
                anybody: no class outside the catalog is made of it.
            run: Whose sizes hold where the link has none; without it the default ones.

        Raises:
            UsageError: for a value that breaks a rule.
        """
        text = query.removeprefix("?")
        check_length(text, "shorten it")
        own, groups = split_query(parse_qsl(text, keep_blank_values=True), _RUN_NAMES)
        if not groups:
            return None
        numbers = {name: whole_from(own[name], name) for name in own if name != "axis"}
        axis: Any = own.get("axis", "step")
        sizes = {} if run is None else {name: getattr(run, name) for name in _DEFAULT_SIZES}
        # The sizes are good before shares of the run are read.
        run = cls((NamedSchedule("run", None),), axis=axis, **{**sizes, **numbers, "edited": 0})
        named = []
        for given in groups:
            key, name = given.pop("schedule"), given.pop("name", None)
            schedule = read_schedule(key, given, run.steps)
            named.append(
                NamedSchedule(schedule_label(schedule) if name is None else name, schedule)
            )
        return replace(run, schedules=tuple(named), edited=numbers.get("edited", 0))

    def to_json(self) -> dict[str, Any]:
        """This as plain JSON data.

        Raises:
            UsageError: for a schedule of a class of somebody's own.
        """
        schedules = [
            {"name": one.name, "schedule": one.schedule and to_catalog_config(one.schedule)}
            for one in self.schedules
        ]
        sizes = {name: getattr(self, name) for name in _DEFAULT_SIZES}
        return {"schedules": schedules, "edited": self.edited, **sizes, "axis": self.axis}

    @classmethod
    def from_json(cls, data: Any) -> Scene:
        """The scene that `to_json` described; what is missing but the schedules has its default.

        Raises:
            UsageError: for anything else.
        """
        if not isinstance(data, dict) or not isinstance(data.get("schedules"), list):
            raise UsageError(f"{str(data)[:60]!r} is not a scene: use what to_json() gave")
        if extra := [name for name in data if name not in {*_RUN_NAMES, "schedules"}]:
            raise UsageError(f"a scene has no {str(extra[0])[:40]!r}: leave it out")
        given = {name: data[name] for name in _RUN_NAMES if name in data}
        # The sizes are good before shares of the run are read.
        run = cls((NamedSchedule("run", None),), **{**given, "edited": 0})
        named = []
        for one in data["schedules"][: MOST_SCHEDULES + 1]:
            if not isinstance(one, dict) or set(one) != {"name", "schedule"}:
                raise UsageError(f"{str(one)[:60]!r} is not a name and a schedule: give both")
            config = one["schedule"]
            schedule = None if config is None else from_catalog_config(config, run.steps)
            named.append(NamedSchedule(one["name"], schedule))
        return replace(run, schedules=tuple(named), edited=given.get("edited", 0))
