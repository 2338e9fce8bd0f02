"""`ScheduleDraft`: what is filled into the form of a schedule, as a value. No widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from functools import cached_property
from typing import Any

from prunelab.errors import UsageError
from prunelab.schedules import PruningSchedule
from prunelab.schedules.catalog import BASELINE, KINDS, Field, Kind, kind_of, parameters_to_give
from prunelab.ui.common.words import BESIDE

__all__ = ["OWN", "Entry", "ScheduleDraft", "written"]

# What stands in the place of a kind of the catalog.
OWN = "own"

# Browsers count a slider's steps in binary: 0.875 comes as 0.8749999.
_DECIMALS = 6


@dataclass(frozen=True)
class Entry:
    """One parameter in the form.

    Attributes:
        value: The last good value: a number, a share of the run as text, or text.
        typed: What was typed last, where that is no value; nothing where it is.
        wrong: What is wrong with it.
        chosen: Whether the user chose the value; it fits the run and the other values otherwise.
    """

    value: Any
    typed: str = ""
    wrong: str = ""
    chosen: bool = False

    @property
    def text(self) -> str:
        """What its field shows."""
        return self.typed if self.wrong else written(self.value)

    def after_typing(self, text: str, field: Field, steps: int) -> Entry:
        """The entry after somebody typed a text."""
        if text == written(self.value):
            # It stands for the whole value, of which it may be the first ten digits.
            return replace(self, typed="", wrong="", chosen=True) if self.wrong else self
        typed = text.strip()
        try:
            value = field.read(typed, steps)
        except UsageError as error:
            return Entry(self.value, text, str(error), chosen=True)
        # Where the text means another value on other runs it is kept as a text.
        share = field.value_type == "step" and "%" in typed
        return self._choose(typed if share or field.value_type == "text" else value)

    def after_sliding(self, position: float) -> Entry:
        """The entry after its slider was moved."""
        return self._choose(round(position, _DECIMALS))

    def with_default(self, value: Any) -> Entry:
        """The entry with a value that nobody chose; with the same value it stays as it is."""
        return self if value == self.value else Entry(value, chosen=self.chosen)

    def _choose(self, value: Any) -> Entry:
        same = value == self.value and not self.wrong
        return self if same else Entry(value, chosen=True)


@dataclass(frozen=True)
class ScheduleDraft:
    """A kind of schedule and the values of its parameters, good or not, on a run.

    A parameter that the user leaves alone fits the run and those that were chosen, as everywhere
    (see `prunelab.schedules.catalog.run_defaults`), so the others move while one is dragged.

    Attributes:
        steps: Steps of the run.
        kind: The key of a kind, `BASELINE` or `OWN`.
        own: A schedule of the user's own class, which is one more choice; None where there is none.
        entries: What was filled in, also for other kinds: parameters that they share stay.
    """

    steps: int
    kind: str = next(iter(KINDS))
    own: PruningSchedule | None = None
    entries: Mapping[Field, Entry] = attribute(default_factory=dict)

    @classmethod
    def of(cls, steps: int, schedule: PruningSchedule | None = None) -> ScheduleDraft:
        """The draft that a form shows first: of a schedule, or of a default that fits the run."""
        draft = cls(steps)._fitted()
        if schedule is None:
            return draft
        draft = draft.with_schedule(schedule)
        # Whoever made it gave all of it.
        chosen = {field: replace(entry, chosen=True) for field, entry in draft.entries.items()}
        return replace(draft, entries=chosen)

    def schedule(self) -> PruningSchedule | None:
        """The schedule; None for the baseline.

        Raises:
            UsageError: where what was typed for a parameter breaks a rule, or several do together.
        """
        made = self._made
        if isinstance(made, UsageError):
            raise made
        return made

    @cached_property
    def errors(self) -> dict[str, str]:
        """What is wrong, by the name of the parameter that it is shown beside."""
        wrong = {field.name: self.entries[field].wrong for field in self.fields}
        errors = {name: text for name, text in wrong.items() if text}
        made = self._made
        if isinstance(made, UsageError):
            # An error begins with the name of what it is about.
            named = (name for name in wrong if str(made).startswith(f"{name}="))
            errors |= {name: str(made) for name in [*named][:1]}
        return errors

    @property
    def error(self) -> str:
        """Why there is no schedule, in a line; nothing where there is one."""
        if self.errors:
            return BESIDE
        return str(self._made) if isinstance(self._made, UsageError) else ""

    @property
    def fields(self) -> tuple[Field, ...]:
        """The parameters of the kind."""
        kind = KINDS.get(self.kind)
        return () if kind is None else kind.fields

    def with_kind(self, kind: str) -> ScheduleDraft:
        """The draft of another kind."""
        return self if kind == self.kind else replace(self, kind=kind)._fitted()

    def with_entry(self, field: Field, entry: Entry) -> ScheduleDraft:
        """The draft with another entry for a parameter; what nobody chose follows it."""
        if entry == self.entries[field]:
            return self
        return replace(self, entries={**self.entries, field: entry})._fitted()

    def with_steps(self, steps: int) -> ScheduleDraft:
        """The draft on a shorter or longer run.

        What the user left alone fits its length, so that the last mask update is at the end; a
        step that was chosen keeps its share of the run.
        """
        if steps == self.steps:
            return self
        entries = {
            field: entry.with_default(_stretched(entry.value, self.steps, steps))
            if field.value_type == "step" and not isinstance(entry.value, str)
            else entry
            for field, entry in self.entries.items()
        }
        return replace(self, steps=steps, entries=entries)._fitted()

    def with_schedule(self, schedule: PruningSchedule | None) -> ScheduleDraft:
        """The draft of a schedule: what follows from its other parameters counts as left alone."""
        if schedule is None:
            return replace(self, kind=BASELINE)
        kind = kind_of(schedule)
        if kind is None:
            return replace(self, kind=OWN, own=schedule)
        values = {field.name: getattr(schedule, field.name) for field in kind.fields}
        chosen = parameters_to_give(kind, values, {}, self.steps)
        entries = dict(self.entries)
        for field in kind.fields:
            value, entry = values[field.name], entries.get(field)
            # A share of the run that comes to this very step is what the user typed.
            if entry is None or entry.wrong or field.read(entry.value, self.steps) != value:
                entry = Entry(field.show(value) if field.show is not None else value)
            entries[field] = replace(entry, chosen=field.name in chosen)
        return replace(self, kind=kind.key, entries=entries)

    @cached_property
    def _made(self) -> PruningSchedule | UsageError | None:
        kind = KINDS.get(self.kind)
        if kind is None:
            return self.own if self.kind == OWN else None
        entries = [(field, self.entries[field]) for field in kind.fields]
        for _, entry in entries:
            if entry.wrong:
                return UsageError(entry.wrong)
        try:
            return kind.schedule_class(
                **{field.name: field.read(entry.value, self.steps) for field, entry in entries}
            )
        except UsageError as error:
            return error

    def _fitted(self) -> ScheduleDraft:
        """With what the user left alone as it follows from what they chose, and from the run."""
        kind: Kind | None = KINDS.get(self.kind)
        if kind is None:
            return self
        entries = dict(self.entries)
        chosen = {
            field.name: field.read(entries[field].value, self.steps)
            for field in kind.fields
            if field in entries and entries[field].chosen and field.value_type != "text"
        }
        values = kind.values(chosen, self.steps)
        for field in kind.fields:
            if field not in entries:
                entries[field] = Entry(values[field.name] if field.fits else field.default)
            elif field.fits and not entries[field].chosen:
                entries[field] = entries[field].with_default(values[field.name])
        return replace(self, entries=entries)


def written(value: Any) -> str:
    """A value as it is shown: of a number ten digits, more than any slider distinguishes."""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _stretched(step: int, old: int, new: int) -> int:
    """A step at its share of a run that was of another length.

    Below 1 it is no share: from the run's start, or without an end.
    """
    return step if step < 1 else round(step * new / old)
