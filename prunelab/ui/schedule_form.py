"""`ScheduleForm`: a control for every parameter of a schedule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from prunelab.lab import make_schedule
from prunelab.schedules import ConstantSparsity, PolynomialDecay, PruningSchedule
from prunelab.ui.parameter import Parameter, fraction, whole
from prunelab.ui.words import TOOLTIPS

__all__ = ["ScheduleForm"]

_KINDS = {
    "PolynomialDecay": "polynomial",
    "ConstantSparsity": "constant",
    "no pruning (baseline)": "none",
}
_SHOWN = {
    "polynomial": (
        "initial_sparsity", "final_sparsity", "begin_step", "end_step", "power", "frequency",
    ),
    "constant": ("target_sparsity", "begin_step", "end_step", "frequency"),
    "none": (),
    "own": (),
}  # fmt: skip

# The article's sparsity, begun after a fifth of the run.
_SPARSITY, _BEGIN_SHARE, _END_SHARE = 0.875, 0.2, 0.8
_MOST_FREQUENCY = 500
_NO_END = -1
# The parameters that fit a run's length as long as the user leaves them alone.
_TURNS = ("begin_step", "end_step", "frequency")


class ScheduleForm(widgets.VBox):
    """Chooses a schedule, on a run of a given length.

    Args:
        steps: Steps of the run.
        schedule: What to show at first: one of the two of the reference, whose parameters fill the
            controls, or one of your own, which is then one more choice.
    """

    def __init__(self, steps: int, schedule: PruningSchedule | None = None) -> None:
        self._steps = steps
        self._own: PruningSchedule | None = None
        self._on_change: list[Callable[[], None]] = []
        self._quiet = False
        self._turns_chosen = False
        turns = _default_turns(steps)
        self._controls: dict[str, Parameter] = {
            **{
                name: fraction(_words(name), value, 0.0, 0.995, 0.005)
                for name, value in (
                    ("initial_sparsity", 0.0),
                    ("final_sparsity", _SPARSITY),
                    ("target_sparsity", _SPARSITY),
                )
            },
            "begin_step": whole("begin step", turns["begin_step"], 0, steps),
            "end_step": whole("end step", turns["end_step"], _NO_END, steps),
            "power": fraction("power", 3.0, 0.25, 10.0, 0.25),
            "frequency": whole("frequency", turns["frequency"], 1, _MOST_FREQUENCY),
        }
        self.kind = widgets.Dropdown(
            options=list(_KINDS.items()),
            description="schedule",
            tooltip="When and how much to prune",
        )
        self._fill(schedule)
        for name, control in self._controls.items():
            control.set_tooltip(TOOLTIPS[name])
            control.observe(self._turns_changed if name in _TURNS else self._changed, "value")
        self.kind.observe(self._kind_changed, "value")
        super().__init__([self.kind, *self._controls.values()])
        self.add_class("prunelab-form")
        self._show_kind()

    def schedule(self) -> PruningSchedule | None:
        """The schedule that is chosen; None for the baseline.

        Raises:
            UsageError: where the parameters break a rule together.
        """
        if self.kind.value == "own":
            return self._own
        values = {name: self._controls[name].value for name in _SHOWN[self.kind.value]}
        return make_schedule(self.kind.value, values, self._steps)

    def set_steps(self, steps: int) -> None:
        """Makes the run shorter or longer, without calling back.

        Begin, end and frequency fit its length as long as the user left them alone, so that the
        last mask update is at the end; after that begin and end keep their share of the run.
        """
        if steps == self._steps:
            return
        old, self._steps = self._steps, steps
        values = {} if self._turns_chosen else _default_turns(steps)
        self._quiet = True
        try:
            for name, low in (("begin_step", 0), ("end_step", _NO_END)):
                control = self._controls[name]
                value = control.value
                # Below 1 it is no share of the run: from its start, or without an end.
                values.setdefault(name, value if value < 1 else round(value * steps / old))
                control.set_range(low, max(steps, low + 1))
            for name, value in values.items():
                self._controls[name].value = value
        finally:
            self._quiet = False

    def on_change(self, callback: Callable[[], None]) -> None:
        """Calls back, without arguments, whenever another schedule is chosen."""
        self._on_change.append(callback)

    def _fill(self, schedule: PruningSchedule | None) -> None:
        if schedule is None:
            return
        if type(schedule) in (ConstantSparsity, PolynomialDecay):
            constant = isinstance(schedule, ConstantSparsity)
            self.kind.value = "constant" if constant else "polynomial"
            for name, value in schedule.get_config()["config"].items():
                self._controls[name].value = value
            self._turns_chosen = True
            return
        self._own = schedule
        self.kind.options = [(type(schedule).__name__, "own"), *_KINDS.items()]
        self.kind.value = "own"

    def _show_kind(self) -> None:
        shown = _SHOWN[self.kind.value]
        for name, control in self._controls.items():
            control.layout.display = None if name in shown else "none"
        which = "end_step_constant" if self.kind.value == "constant" else "end_step"
        self._controls["end_step"].set_tooltip(TOOLTIPS[which])

    def _kind_changed(self, _: Any) -> None:
        self._show_kind()
        self._changed(None)

    def _turns_changed(self, _: Any) -> None:
        if not self._quiet:
            self._turns_chosen = True
        self._changed(None)

    def _changed(self, _: Any) -> None:
        if not self._quiet:
            for callback in self._on_change:
                callback()


def _words(name: str) -> str:
    return name.replace("_", " ")


def _default_turns(steps: int) -> dict[str, int]:
    """Begin, end and frequency for a run of this length: the last mask update is at the end."""
    begin, end = round(steps * _BEGIN_SHARE), round(steps * _END_SHARE)
    return {"begin_step": begin, "end_step": end, "frequency": _frequency(begin, end)}


def _frequency(begin: int, end: int) -> int:
    """A frequency that divides the pruned part into some 30 updates and ends on its last step."""
    length = max(end - begin, 1)
    return min((n for n in range(1, _MOST_FREQUENCY + 1) if length % n == 0),
               key=lambda n: abs(length / n - 30))  # fmt: skip
