"""`ScheduleExplorer`: what a schedule does on the steps of your run."""

from __future__ import annotations

import ipywidgets as widgets

from prunelab.errors import UsageError
from prunelab.plan import Plan, steps_per_epoch
from prunelab.schedules import PruningSchedule
from prunelab.ui.page_events import telling
from prunelab.ui.schedule_form import ScheduleForm
from prunelab.ui.schedule_view import ScheduleView
from prunelab.ui.style import Styled, card
from prunelab.ui.words import TOOLTIPS, heading

__all__ = ["ScheduleExplorer"]


class ScheduleExplorer(Styled):
    """Controls for a schedule and for the length of a run; the curve follows while you drag.

    Args:
        schedule: What to show at first; by default a cubic decay. One of your own works too.
        samples: Samples that the model trains on.
        batch_size: Samples of one step.
        epochs: Passes over the samples.

    Raises:
        UsageError: for a size below 1.

    Example:
        >>> ScheduleExplorer(PolynomialDecay(0, 0.875, 1152, 5760), 48_000, 250, 30)
    """

    def __init__(
        self,
        schedule: PruningSchedule | None = None,
        samples: int = 48_000,
        batch_size: int = 250,
        epochs: int = 30,
    ) -> None:
        sizes = {"samples": samples, "batch_size": batch_size, "epochs": epochs}
        self._sizes = {
            name: widgets.IntText(value, description=name.replace("_", " "), tooltip=TOOLTIPS[name])
            for name, value in sizes.items()
        }
        self._form = ScheduleForm(self._laid(None).steps, schedule)
        self._plan = self._laid(self._form.schedule())
        self._view = ScheduleView(self._plan)
        sizes_form = widgets.VBox(list(self._sizes.values()))
        sizes_form.add_class("prunelab-form")
        form = card(heading("Schedule"), self._form, heading("Run"), sizes_form)
        self._view.add_class("prunelab-card")
        super().__init__([form, self._view])
        self.add_class("prunelab-explorer")
        self._form.on_change(self._refresh)
        for control in self._sizes.values():
            control.observe(lambda _: self._refresh(), "value")

    @property
    def schedule(self) -> PruningSchedule | None:
        """The schedule that is chosen; None for the baseline.

        Raises:
            UsageError: where the parameters break a rule together.
        """
        return self._form.schedule()

    @property
    def plan(self) -> Plan:
        """The last good choice on the steps of the run."""
        return self._plan

    def _laid(self, schedule: PruningSchedule | None) -> Plan:
        sizes = {name: control.value for name, control in self._sizes.items()}
        for name, value in sizes.items():
            if value < 1:
                raise UsageError(f"{name}={value} must be at least 1")
        each = steps_per_epoch(sizes["samples"], sizes["batch_size"])
        return Plan(schedule, each * sizes["epochs"], each)

    def _refresh(self) -> None:
        """Another choice: the curve follows, or says why it cannot."""
        with telling(self._view.tell_error, "the curve cannot be drawn"):
            self._form.set_steps(self._laid(None).steps)
            plan = self._laid(self._form.schedule())
            self._view.show(plan)
            self._plan = plan
