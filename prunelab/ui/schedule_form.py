"""`ScheduleForm`: a control for every parameter of a schedule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from prunelab.lab import make_schedule
from prunelab.schedules import ConstantSparsity, PolynomialDecay, PruningSchedule
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
_DECIMALS = 6


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
        begin, end = round(steps * _BEGIN_SHARE), round(steps * _END_SHARE)
        self._controls = {
            "initial_sparsity": _fraction(0.0),
            "final_sparsity": _fraction(_SPARSITY),
            "target_sparsity": _fraction(_SPARSITY),
            "begin_step": _steps_slider(begin, 0, steps),
            "end_step": _steps_slider(end, _NO_END, steps),
            "power": widgets.FloatSlider(
                value=3.0, min=0.25, max=10.0, step=0.25, readout_format=".2f"
            ),
            "frequency": _steps_slider(_frequency(begin, end), 1, _MOST_FREQUENCY),
        }
        self.kind = widgets.Dropdown(
            options=list(_KINDS.items()),
            description="schedule",
            tooltip="When and how much to prune",
        )
        for name, control in self._controls.items():
            control.description = name.replace("_", " ")
            control.tooltip = TOOLTIPS[name]
            control.continuous_update = True
            control.observe(self._changed, "value")
        self.kind.observe(self._kind_changed, "value")
        super().__init__([self.kind, *self._controls.values()])
        self.add_class("prunelab-form")
        self._fill(schedule)
        self._show_kind()

    def schedule(self) -> PruningSchedule | None:
        """The schedule that is chosen; None for the baseline.

        Raises:
            UsageError: where the parameters break a rule together.
        """
        if self.kind.value == "own":
            return self._own
        values = {name: self._value(name) for name in _SHOWN[self.kind.value]}
        return make_schedule(self.kind.value, values, self._steps)

    def set_steps(self, steps: int) -> None:
        """Makes the run shorter or longer; begin and end keep their share of it."""
        if steps == self._steps:
            return
        old, self._steps = self._steps, steps
        self._quiet = True
        for name in ("begin_step", "end_step"):
            slider = self._controls[name]
            value = slider.value
            target = value if value <= 0 else min(round(value * steps / old), steps)
            # A slider clips its value to its range, so the wider of both comes first.
            slider.max = max(slider.max, steps)
            slider.value = target
            slider.max = steps
        self._quiet = False
        self._changed(None)

    def on_change(self, callback: Callable[[], None]) -> None:
        """Calls back, without arguments, whenever another schedule is chosen."""
        self._on_change.append(callback)

    def _value(self, name: str) -> float:
        """A control's value: browsers count slider steps in binary, 0.875 comes as 0.87499999."""
        value: float = self._controls[name].value
        return round(value, _DECIMALS)

    def _fill(self, schedule: PruningSchedule | None) -> None:
        if schedule is None:
            return
        if type(schedule) in (ConstantSparsity, PolynomialDecay):
            constant = isinstance(schedule, ConstantSparsity)
            self.kind.value = "constant" if constant else "polynomial"
            for name, value in schedule.get_config()["config"].items():
                slider = self._controls[name]
                slider.max = max(slider.max, value)
                slider.min = min(slider.min, value)
                slider.value = value
            return
        self._own = schedule
        self.kind.options = [(type(schedule).__name__, "own"), *_KINDS.items()]
        self.kind.value = "own"

    def _show_kind(self) -> None:
        shown = _SHOWN[self.kind.value]
        for name, control in self._controls.items():
            control.layout.display = None if name in shown else "none"
        which = "end_step_constant" if self.kind.value == "constant" else "end_step"
        self._controls["end_step"].tooltip = TOOLTIPS[which]

    def _kind_changed(self, _: Any) -> None:
        self._show_kind()
        self._changed(None)

    def _changed(self, _: Any) -> None:
        if not self._quiet:
            for callback in self._on_change:
                callback()


def _fraction(value: float) -> widgets.FloatSlider:
    return widgets.FloatSlider(value=value, min=0.0, max=0.995, step=0.005, readout_format=".3f")


def _steps_slider(value: int, low: int, high: int) -> widgets.IntSlider:
    return widgets.IntSlider(value=value, min=low, max=max(high, low + 1), readout_format=",d")


def _frequency(begin: int, end: int) -> int:
    """A frequency that divides the pruned part into some 30 updates and ends on its last step."""
    length = max(end - begin, 1)
    return min((n for n in range(1, _MOST_FREQUENCY + 1) if length % n == 0),
               key=lambda n: abs(length / n - 30))  # fmt: skip
