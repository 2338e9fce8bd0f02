"""`ScheduleExplorer`: what a schedule does on the steps of your run."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import traitlets

from prunelab.errors import UsageError
from prunelab.explorer.scene import Scene
from prunelab.plan import Plan
from prunelab.schedules import PruningSchedule
from prunelab.schedules.values.validation import count_of
from prunelab.ui.common.page_events import showing_errors
from prunelab.ui.common.style import Styled, card
from prunelab.ui.common.whole_field import WholeField
from prunelab.ui.common.words import BESIDE, heading
from prunelab.ui.schedule.board import ScheduleBoard
from prunelab.ui.schedule.state import ExplorerState

__all__ = ["RunSizes", "ScheduleExplorer"]

_SIZES = ("samples", "batch_size", "epochs")


class RunSizes(widgets.VBox):
    """Fields for the sizes of a run, or for its steps alone.

    Args:
        state: Whose run they show and set.

    Attributes:
        sizes: The sizes that are filled in, by name; not the run's where something is wrong.
        fields: A field for each size.
        steps: Takes the steps of the whole run.
    """

    sizes = traitlets.Dict()

    def __init__(self, state: ExplorerState) -> None:
        self._state = state
        sizes = _sizes(state.scene)
        self.fields = {name: WholeField(name, value) for name, value in sizes.items()}
        self.steps = WholeField("steps", state.scene.steps, label="or steps")
        super().__init__([*self.fields.values(), self.steps], sizes=sizes)
        self.add_class("prunelab-form")
        for name, field in self.fields.items():
            field.observe(lambda _, name=name: self._fill_in(name), "value")
            field.observe(self._set, "wrong")
        self.observe(self._set, "sizes")
        self.steps.observe(self._count, ["value", "wrong"])
        state.observe(self._follow, "scene")

    def _fill_in(self, name: str) -> None:
        self.sizes = {**self.sizes, name: self.fields[name].value}

    def _set(self, _: Any = None) -> None:
        """Another run: the curves follow, or a line says why they cannot."""
        with showing_errors(self._state.refuse_run, "the curve cannot be drawn"):
            if any(field.wrong for field in self.fields.values()):
                raise UsageError(BESIDE)
            self._state.set_run(**self.sizes)
            self.steps.set_number(self._state.scene.steps)

    def _count(self, _: Any) -> None:
        """Whoever counts steps has no epochs: one of as many samples, each a step."""
        if self.steps.wrong:
            self._state.refuse_run(BESIDE)
        elif self.steps.value == self._state.scene.steps:
            self._set()
        else:
            self._fill({"samples": self.steps.value, "batch_size": 1, "epochs": 1})

    def _follow(self, change: Any) -> None:
        """A link or a mend shows another run."""
        if _sizes(change["new"]) != _sizes(change["old"]):
            self._fill(_sizes(change["new"]))
            self.steps.set_number(change["new"].steps)

    def _fill(self, sizes: dict[str, int]) -> None:
        self.sizes = sizes
        for name, field in self.fields.items():
            field.set_number(sizes[name])


class ScheduleExplorer(Styled):
    """Controls for schedules and for the length of a run; the curves follow while you drag.

    Args:
        schedule: What to show at first; by default a cubic decay. One of your own works too.
        samples: Samples that the model trains on.
        batch_size: Samples of one step.
        epochs: Passes over the samples.

    Attributes:
        state: What is chosen and shown, as traits to observe and to set.
        sizes: The fields for the run.
        board: The other widgets: list, presets, form, chart, findings and what is taken away.

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
        given = zip(_SIZES, (samples, batch_size, epochs), (48_000, 250, 30), strict=True)
        sizes = [count_of(size, name, default) for name, size, default in given]
        self.state = ExplorerState(schedule, *sizes)
        self.sizes = RunSizes(self.state)
        self.board = board = ScheduleBoard(self.state)
        side = widgets.VBox(
            [
                card(heading("Run"), self.sizes),
                card(heading("Schedule"), board.controls),
            ]
        )
        side.add_class("prunelab-side")
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

    @property
    def schedule(self) -> PruningSchedule | None:
        """The schedule that is chosen; None for the baseline.

        Raises:
            UsageError: where the parameters break a rule together.
        """
        return self.state.draft.schedule()

    @property
    def plan(self) -> Plan:
        """The last good choice on the steps of the run."""
        return self.state.plan

    @property
    def scene(self) -> Scene:
        """All that is shown, as a value: the last good choice."""
        return self.state.scene


def _sizes(scene: Scene) -> dict[str, int]:
    return {name: getattr(scene, name) for name in _SIZES}
