"""`ScheduleForm`: a control for every parameter of every kind of schedule."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import traitlets

from prunelab.schedules import PruningSchedule
from prunelab.schedules.catalog import BASELINE, KINDS, Field
from prunelab.ui.common.options import show_options
from prunelab.ui.common.words import TextLine
from prunelab.ui.schedule.draft import OWN, ScheduleDraft
from prunelab.ui.schedule.parameter import Parameter

__all__ = ["ScheduleForm"]


class ScheduleForm(widgets.VBox):
    """Shows a draft of a schedule; what a user changes in it is another draft.

    Args:
        draft: What to show at first.

    Attributes:
        draft: What is filled in.
        kind: The menu of kinds.
    """

    draft = traitlets.Instance(ScheduleDraft)

    def __init__(self, draft: ScheduleDraft) -> None:
        self._parameters: dict[Field, Parameter] = {}
        self.kind = widgets.Dropdown(description="schedule", tooltip="When and how much to prune")
        self._description = TextLine()
        self._description.add_class("prunelab-description")
        super().__init__(draft=draft)
        self.add_class("prunelab-form")
        self._show()
        self.kind.observe(self._choose, "value")
        self.observe(self._show, "draft")

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The controls of the kind that is chosen, by the names of its parameters."""
        return {field.name: self._parameters[field] for field in self.draft.fields}

    def schedule(self) -> PruningSchedule | None:
        """The schedule that is filled in; None for the baseline.

        Raises:
            UsageError: where there is none.
        """
        return self.draft.schedule()

    def _choose(self, change: Any) -> None:
        if change["new"] is not None:
            self.draft = self.draft.with_kind(change["new"])

    def _enter(self, field: Field) -> None:
        self.draft = self.draft.with_entry(field, self._parameters[field].entry)

    def _show(self, _: Any = None) -> None:
        draft = self.draft
        # Before the kind: a page that sees a slider come with one value and change to another
        # sends the first one back.
        for field in draft.fields:
            entry, error = draft.entries[field], draft.errors.get(field.name, "")
            if field not in self._parameters:
                self._parameters[field] = self._made(field)
            self._parameters[field].show(entry, draft.steps, error)
        options = _options(draft.own)
        show_options(self.kind, options, [key for _, key in options].index(draft.kind))
        kind = KINDS.get(draft.kind)
        self._description.show("" if kind is None else kind.description)
        self.children = [self.kind, self._description, *self.parameters.values()]

    def _made(self, field: Field) -> Parameter:
        parameter = Parameter(field, self.draft.entries[field], self.draft.steps)
        parameter.observe(lambda _: self._enter(field), "entry")
        return parameter


def _options(own: PruningSchedule | None) -> list[tuple[str, str]]:
    mine = [] if own is None else [(type(own).__name__, OWN)]
    kinds = [(kind.label, kind.key) for kind in KINDS.values()]
    return [*mine, *kinds, ("no pruning (baseline)", BASELINE)]
