"""`ScheduleExplorer`: what a schedule does on the steps of your run."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from prunelab.errors import UsageError
from prunelab.explorer.scene import Scene
from prunelab.plan import Plan
from prunelab.schedules import PruningSchedule
from prunelab.ui.common.page_events import telling
from prunelab.ui.common.style import Styled, card
from prunelab.ui.common.whole_field import WholeField
from prunelab.ui.common.words import BESIDE, heading
from prunelab.ui.schedule.board import ScheduleBoard

__all__ = ["ScheduleExplorer"]


class ScheduleExplorer(Styled):
    """Controls for schedules and for the length of a run; the curves follow while you drag.

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
        self._quiet = False
        self._sizes = {name: WholeField(name, value) for name, value in sizes.items()}
        self._board = ScheduleBoard(schedule, samples, batch_size, epochs)
        self._steps = WholeField("steps", self._board.scene.steps, label="or steps")
        sizes_form = widgets.VBox([*self._sizes.values(), self._steps])
        sizes_form.add_class("prunelab-form")
        side = widgets.VBox(
            [
                card(heading("Run"), sizes_form),
                card(heading("Schedule"), self._board.controls),
            ]
        )
        side.add_class("prunelab-side")
        board = self._board
        main = widgets.VBox(
            [
                card(board.view),
                card(heading("What to watch", "on the steps of this run"), board.findings),
                card(heading("Take it away"), board.takeaway),
            ]
        )
        main.add_class("prunelab-main")
        super().__init__([side, main])
        self.add_class("prunelab-explorer")
        self._board.on_run_wanted(self._show_run)
        for control in self._sizes.values():
            control.observe(lambda _: self._refresh(), ["value", "wrong"])
        self._steps.observe(self._steps_typed, ["value", "wrong"])

    @property
    def schedule(self) -> PruningSchedule | None:
        """The schedule that is chosen; None for the baseline.

        Raises:
            UsageError: where the parameters break a rule together.
        """
        return self._board.chosen()

    @property
    def plan(self) -> Plan:
        """The last good choice on the steps of the run."""
        return self._board.plan

    @property
    def scene(self) -> Scene:
        """All that is shown, as a value: the last good choice."""
        return self._board.scene

    def _refresh(self) -> None:
        """Another run: the curves follow, or say why they cannot."""
        if self._quiet:
            return
        with telling(self._board.tell_error, "the curve cannot be drawn"):
            if any(field.wrong for field in self._sizes.values()):
                raise UsageError(BESIDE)
            self._board.set_run(**{name: control.good() for name, control in self._sizes.items()})
            self._quiet = True
            self._steps.put(self._board.scene.steps)
            self._quiet = False

    def _show_run(self, scene: Scene) -> None:
        """A link or a mend asks for another run."""
        self._set_sizes(scene.samples, scene.batch_size, scene.epochs)

    def _steps_typed(self, _: Any) -> None:
        """Whoever counts steps has no epochs: one of as many samples, each a step."""
        if self._quiet:
            return
        steps = self._steps.value
        if self._steps.wrong:
            self._board.tell_error(BESIDE)
        elif steps == self._board.scene.steps:
            self._refresh()
        else:
            self._set_sizes(steps, 1, 1)

    def _set_sizes(self, *sizes: int) -> None:
        self._quiet = True
        try:
            for control, value in zip(self._sizes.values(), sizes, strict=True):
                control.put(value)
        finally:
            self._quiet = False
        self._refresh()
