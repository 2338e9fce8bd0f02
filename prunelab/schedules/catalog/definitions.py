"""`Field` and `Kind`: what a catalog says of a parameter and of a kind of schedule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from prunelab.schedules.base import PruningSchedule
from prunelab.schedules.catalog import from_text

__all__ = ["Field", "Kind"]


@dataclass(frozen=True)
class Field:
    """One parameter of a schedule: its control in a form and its option come from this.

    Attributes:
        name: The parameter's own name.
        value_type: What it is: a fraction in [0, 1), a step of the run (or a share of it such as
            "20%"), a whole number, any number, or text.
        default: Its value where nobody chooses one; for a step a share of the run, or a number.
            Where it `fits`, a value of a long run, for which another may stand.
        low: The least that a slider offers; other values may be typed. Of no meaning for text.
        high: The most; for a step None, which is the length of the run.
        slider_step: From one value of the slider to the next.
        description: What it means, for a tooltip and a help text; in the reference's words where
            it has them.
        parse: For text whose value is not the text itself: what was given (the text, or the rows
            of a table) and the run's steps to the parameter's value, or a `UsageError`.
        show: Likewise the value to a text that `parse` reads as that value.
        fits: Whether its default follows from the run, and from what is chosen beside it (see
            `run_defaults`).
        default_text: The default in words, for a help text, where it `fits`.
    """

    name: str
    value_type: Literal["sparsity", "step", "whole", "number", "text"]
    default: float | int | str
    low: float = 0.0
    high: float | None = None
    slider_step: float = 1.0
    description: str = ""
    parse: Callable[[Any, int], Any] | None = None
    show: Callable[[Any], str] | None = None
    fits: bool = False
    default_text: str = ""

    def read(self, given: Any, steps: int) -> Any:
        """The value of what a user gave, as text or as a value (see `from_text.read`)."""
        return from_text.read(self, given, steps)

    def write(self, value: Any) -> str:
        """The text that `read` reads as a value."""
        return from_text.write(self, value)


@dataclass(frozen=True)
class Kind:
    """One kind of schedule.

    Attributes:
        key: Its name on the command line, in links and in files, such as "polynomial".
        label: Its name in a menu.
        schedule_class: Its class, whose keyword arguments are the fields.
        fields: Its parameters, in the order of the form.
        description: What it does, in a line.
        fit: Values by name for the fields that fit the run, from those that were chosen and the
            steps of the run.
    """

    key: str
    label: str
    schedule_class: type[PruningSchedule]
    fields: tuple[Field, ...]
    description: str
    fit: Callable[[Mapping[str, Any], int], dict[str, Any]]

    def read(self, given: Mapping[str, Any], steps: int) -> dict[str, Any]:
        """What a user gave for fields of this kind, each as `Field.read` gives it."""
        return {
            field.name: field.read(given[field.name], steps)
            for field in self.fields
            if field.name in given
        }

    def values(self, chosen: Mapping[str, Any], steps: int) -> dict[str, Any]:
        """A value for every field: that which was chosen, or else one that fits the run.

        Args:
            chosen: Values by the fields' names, as `read` gives them.
            steps: Steps of the run.
        """
        defaults = {
            field.name: field.read(field.default, steps)
            for field in self.fields
            if field.name not in chosen
        }
        return defaults | self.fit(chosen, steps) | dict(chosen)
