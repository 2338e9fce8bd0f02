"""`DataclassSchedule`: what all schedules share whose parameters are fields of a dataclass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

from prunelab.schedules.base import PruningSchedule
from prunelab.schedules.values.validation import sparsity_of, step_of

__all__ = ["DataclassSchedule"]

# What a field of such a name may be, whatever the class.
_RULES: dict[str, Callable[[Any, str], Any]] = {
    "begin_step": step_of,
    "end_step": step_of,
    "initial_sparsity": sparsity_of,
    "final_sparsity": sparsity_of,
    "target_sparsity": sparsity_of,
}


class DataclassSchedule(PruningSchedule):
    """A schedule that is a frozen dataclass of its parameters.

    Steps and sparsities among its fields, by the names that all kinds give them, are checked here;
    a subclass that has other parameters checks them in a `__post_init__` that calls this one first.
    """

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]  # Every subclass is a dataclass.
            if (rule := _RULES.get(field.name)) is not None:
                self._set_checked(rule, field.name)

    def get_config(self) -> dict[str, Any]:
        """The parameters by name, in the reference's form."""
        values = asdict(self)  # type: ignore[call-overload]  # Every subclass is a dataclass.
        return {"class_name": type(self).__name__, "config": values}

    def _set_checked(self, rule: Callable[..., Any], name: str, *limits: float) -> None:
        """Sets a parameter to what a rule makes of it and its name; the rule refuses bad ones."""
        object.__setattr__(self, name, rule(getattr(self, name), name, *limits))
