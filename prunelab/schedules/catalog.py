"""What kinds of schedules there are to choose from, and what each parameter may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from prunelab.errors import UsageError
from prunelab.schedules.base import PruningSchedule
from prunelab.schedules.constant import ConstantSparsity
from prunelab.schedules.polynomial import PolynomialDecay

__all__ = ["KINDS", "Field", "Kind", "kind_named", "kind_of"]


@dataclass(frozen=True)
class Field:
    """One parameter of a schedule, as a form asks for it.

    Attributes:
        name: The parameter's own name.
        form: What it is: a fraction in [0, 1), a step of the run (or a share of it such as
            "20%"), a whole number, any number, or text.
        usual: Its value where nobody chooses one; for a step a share of the run, or a number.
        low: The least that a slider offers; other values may be typed. Of no meaning for text.
        high: The most; for a step None, which is the length of the run.
        by: From one value of the slider to the next.
        about: What it means, for a tooltip; in the reference's words where it has them.
        parse: For text whose value is not the text itself: the typed text and the run's steps
            to the parameter's value, or a `UsageError`.
        show: Likewise the value to a text that `parse` reads as that value.
    """

    name: str
    form: Literal["sparsity", "step", "whole", "number", "text"]
    usual: float | int | str
    low: float = 0.0
    high: float | None = None
    by: float = 1.0
    about: str = ""
    parse: Callable[[str, int], Any] | None = None
    show: Callable[[Any], str] | None = None


@dataclass(frozen=True)
class Kind:
    """One kind of schedule.

    Attributes:
        key: Its name on the command line, in links and in files, such as "polynomial".
        label: Its name in a menu.
        make: Its class, whose keyword arguments are the fields.
        fields: Its parameters, in the order of the form.
        about: What it does, in a line.
    """

    key: str
    label: str
    make: type[PruningSchedule]
    fields: tuple[Field, ...]
    about: str


def _sparsity(name: str, usual: float, about: str) -> Field:
    return Field(name, "sparsity", usual, 0.0, 0.995, 0.005, about)


_BEGIN = Field(
    "begin_step",
    "step",
    "20%",
    about="Step at which to begin pruning. Steps are batches, counted from 1.",
)
_END = Field(
    "end_step",
    "step",
    "80%",
    about="Step at which to end pruning: the last at which masks may change.",
)
_ENDLESS = Field(
    "end_step",
    "step",
    -1,
    low=-1,
    about="Step at which to end pruning; -1 goes on until training ends.",
)
_FREQUENCY = Field(
    "frequency", "whole", 100, 1, 500, about="Masks are updated every so many steps."
)

KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            "polynomial",
            "polynomial decay",
            PolynomialDecay,
            (
                _sparsity("initial_sparsity", 0.0, "Sparsity at which pruning begins."),
                _sparsity("final_sparsity", 0.875, "Sparsity at which pruning ends."),
                _BEGIN,
                _END,
                Field(
                    "power",
                    "number",
                    3.0,
                    0.25,
                    10.0,
                    0.25,
                    "Exponent of the decay: 1 is linear, above 1 prunes early, below 1 late.",
                ),
                _FREQUENCY,
            ),
            "Fast at first, flat towards the end; power 3 is that of Zhu & Gupta 2017.",
        ),
        Kind(
            "constant",
            "constant sparsity",
            ConstantSparsity,
            (
                _sparsity(
                    "target_sparsity", 0.875, "The sparsity that every mask update prunes to."
                ),
                _BEGIN,
                _ENDLESS,
                _FREQUENCY,
            ),
            "One sparsity, reached at the first update and then held.",
        ),
    )
}


def kind_named(key: str) -> Kind:
    """The kind of a name.

    Raises:
        UsageError: for a name that is none.
    """
    if key not in KINDS:
        raise UsageError(f"schedule {key!r} is not known: use one of {', '.join(KINDS)}")
    return KINDS[key]


def kind_of(schedule: PruningSchedule) -> Kind | None:
    """The kind that a schedule is of; None for a class of somebody's own."""
    return next((kind for kind in KINDS.values() if type(schedule) is kind.make), None)
