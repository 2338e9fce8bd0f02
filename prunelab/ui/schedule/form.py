"""`ScheduleForm`: a control for every parameter of every kind of schedule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import ipywidgets as widgets

from prunelab.errors import UsageError
from prunelab.schedules import PruningSchedule
from prunelab.schedules.catalog import KINDS, Field, Kind, kind_of, needed
from prunelab.ui.common.words import TextLine
from prunelab.ui.schedule.parameter import Parameter

__all__ = ["ScheduleForm"]

_NONE, _OWN = "none", "own"


class ScheduleForm(widgets.VBox):
    """Chooses a schedule, on a run of a given length.

    A parameter that the user leaves alone fits the run and those that were chosen, as everywhere
    (see `prunelab.schedules.catalog.run_defaults`), so the others move while one is dragged.

    Args:
        steps: Steps of the run.
        schedule: What to show at first: one of a known kind, whose parameters fill the controls,
            or one of your own, which is then one more choice. None for a default.
    """

    def __init__(self, steps: int, schedule: PruningSchedule | None = None) -> None:
        self._steps = steps
        self._own: PruningSchedule | None = None
        self._on_change: list[Callable[[], None]] = []
        self._quiet = False
        self._chosen: set[Field] = set()
        self._controls: dict[Field, Parameter] = {}
        self.kind = widgets.Dropdown(
            options=_options(None), description="schedule", tooltip="When and how much to prune"
        )
        self._about = TextLine()
        self._about.add_class("prunelab-about")
        super().__init__()
        self.add_class("prunelab-form")
        self._show_kind()
        if schedule is not None:
            self.show(schedule)
            # Whoever made it gave all of it.
            self._chosen.update(self._controls)
        self.kind.observe(self._kind_changed, "value")

    def schedule(self) -> PruningSchedule | None:
        """The schedule that is chosen; None for the baseline.

        Raises:
            UsageError: where what was typed for one breaks a rule, or several do together. It is
                told beside the parameter that its text begins with.
        """
        kind = KINDS.get(self.kind.value)
        if kind is None:
            return self._own if self.kind.value == _OWN else None
        controls = self.controls
        for control in controls.values():
            control.tell(control.wrong)
        try:
            for control in controls.values():
                if control.wrong:
                    raise UsageError(control.wrong)
            return kind.make(**{name: control.resolved for name, control in controls.items()})
        except UsageError as error:
            for name, control in controls.items():
                if str(error).startswith(f"{name}="):
                    control.tell(str(error))
                    break
            raise

    @property
    def controls(self) -> dict[str, Parameter]:
        """The parameters of the kind that is chosen, by name."""
        kind = KINDS.get(self.kind.value)
        if kind is None:
            return {}
        if any(field not in self._controls for field in kind.fields):
            self._fit()
        return {field.name: self._controls[field] for field in kind.fields}

    @property
    def tells_beside(self) -> bool:
        """Whether it is told beside a parameter that there is no schedule."""
        return any(control.tells for control in self.controls.values())

    def show(self, schedule: PruningSchedule | None) -> None:
        """Shows another schedule, without calling back."""
        kind = None if schedule is None else kind_of(schedule)
        with self._quietly():
            if schedule is not None and kind is None:
                self._own = schedule
            self.kind.options = _options(self._own)
            # Before the kind: a page that sees a slider come with one value and change to another
            # sends the first one back.
            for field in kind.fields if kind is not None else ():
                self._fill(field, getattr(schedule, field.name))
            self.kind.value = _NONE if schedule is None else _OWN if kind is None else kind.key
            if kind is not None:
                self._choose(kind, schedule)
            self._show_kind()

    def set_steps(self, steps: int) -> None:
        """Makes the run shorter or longer, without calling back.

        What the user left alone fits its length, so that the last mask update is at the end; a
        step that was chosen keeps its share of the run.
        """
        if steps == self._steps:
            return
        old, self._steps = self._steps, steps
        with self._quietly():
            for field, control in self._controls.items():
                control.set_steps(steps)
                if field.form == "step" and not isinstance(control.value, str):
                    control.value = _stretched(control.value, old, steps)
            self._fit()

    def on_change(self, callback: Callable[[], None]) -> None:
        """Calls back, without arguments, whenever another schedule is chosen."""
        self._on_change.append(callback)

    def _fill(self, field: Field, value: Any) -> None:
        typed = field.show(value) if field.show is not None else value
        if field not in self._controls:
            self._make(field, typed)
        control = self._controls[field]
        # A share of the run that comes to this very step is what the user typed.
        if control.wrong or control.resolved != value:
            control.wrong = ""
            control.value = typed
            control.redraw()

    def _choose(self, kind: Kind, schedule: Any) -> None:
        """Finds out what was chosen of a schedule: all that the rest does not follow from."""
        values = {field.name: getattr(schedule, field.name) for field in kind.fields}
        chosen = needed(kind, values, {}, self._steps)
        for field in kind.fields:
            (self._chosen.add if field.name in chosen else self._chosen.discard)(field)

    def _fit(self) -> None:
        """What the user left alone follows what they chose, and the run."""
        kind = KINDS.get(self.kind.value)
        if kind is None:
            return
        chosen = {
            field.name: self._controls[field].resolved
            for field in kind.fields
            if field in self._chosen and field.form != "text"
        }
        values = kind.values(chosen, self._steps)
        with self._quietly():
            for field in kind.fields:
                if field not in self._controls:
                    self._make(field, values[field.name] if field.fits else field.usual)
                elif field.fits and field not in self._chosen:
                    self._controls[field].value = values[field.name]

    def _make(self, field: Field, value: Any) -> None:
        control = Parameter(field, value, self._steps)
        control.observe(lambda _: self._parameter_changed(field), ["value", "wrong"])
        self._controls[field] = control

    def _show_kind(self) -> None:
        kind: Kind | None = KINDS.get(self.kind.value)
        self._about.tell("" if kind is None else kind.about)
        self.children = [self.kind, self._about, *self.controls.values()]

    def _kind_changed(self, _: Any) -> None:
        if not self._quiet:
            self._fit()
            self._show_kind()
            self._changed()

    def _parameter_changed(self, field: Field) -> None:
        if not self._quiet:
            self._chosen.add(field)
            self._fit()
            self._changed()

    def _changed(self) -> None:
        for callback in self._on_change:
            callback()

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before


def _stretched(step: int, old: int, new: int) -> int:
    """A step at its share of a run that was of another length.

    Below 1 it is no share: from the run's start, or without an end.
    """
    return step if step < 1 else round(step * new / old)


def _options(own: PruningSchedule | None) -> list[tuple[str, str]]:
    mine = [] if own is None else [(type(own).__name__, _OWN)]
    kinds = [(kind.label, kind.key) for kind in KINDS.values()]
    return [*mine, *kinds, ("no pruning (baseline)", _NONE)]
