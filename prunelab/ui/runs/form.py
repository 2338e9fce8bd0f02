"""`RunForm`: what to train and on what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import ipywidgets as widgets
import traitlets

from prunelab.data import DATASETS, SCALES
from prunelab.explorer.scene import Scene
from prunelab.lab import MODELS, RunConfig
from prunelab.schedules import PruningSchedule
from prunelab.ui.common.whole_field import WholeField
from prunelab.ui.common.words import TOOLTIPS, TextLine
from prunelab.ui.runs.draft import OWN_FILE, RunDraft

__all__ = ["RunForm"]


class RunForm(widgets.VBox):
    """Chooses data, model, epochs, batch size and seed; the schedule comes from elsewhere.

    Attributes:
        draft: What is filled in: the fields show it, and a user who fills one in writes it.
        dataset, file, target, scale, model, model_file, loss: The fields of texts.
        epochs, batch_size, seed: The fields of numbers.
        notes: What was decided of data and model, below the fields.
    """

    draft = traitlets.Instance(RunDraft)

    def __init__(self) -> None:
        draft = RunDraft()
        self.dataset = widgets.Dropdown(options=[*DATASETS, OWN_FILE], description="data")
        self.file = widgets.Text(
            description="file",
            placeholder="/path/to/FILE.npz, .csv or .parquet",
            continuous_update=False,
        )
        self.target = widgets.Text(
            description="target", placeholder="column of the labels", continuous_update=False
        )
        self.scale = widgets.Combobox(
            description="scale", value=draft.scale, options=SCALES, continuous_update=False
        )
        self.model = widgets.Dropdown(options=[*MODELS, OWN_FILE], description="model")
        self.model_file = widgets.Text(
            description="model file", placeholder="/path/to/FILE.keras", continuous_update=False
        )
        self.loss = widgets.Text(
            description="loss", placeholder="the file's own", continuous_update=False
        )
        self.epochs = WholeField("epochs", int(draft.epochs))
        self.batch_size = WholeField("batch_size", int(draft.batch_size))
        self.seed = WholeField("seed", int(draft.seed))
        self.notes = TextLine()
        # Every field is called as its attribute of the draft, and takes a text.
        controls = {field.name: getattr(self, field.name) for field in fields(RunDraft)}
        self._texts: dict[str, widgets.Widget] = {}
        for name, control in controls.items():
            if isinstance(control, WholeField):
                self._texts[name] = control.field
            else:
                control.tooltip = TOOLTIPS[name]
                self._texts[name] = control
        super().__init__([*controls.values(), self.notes], draft=draft)
        self.add_class("prunelab-form")
        self._show()
        for name, text in self._texts.items():
            text.observe(lambda _, name=name: self._fill_in(name), "value")
        self.observe(self._show, "draft")

    def config(self, schedule: PruningSchedule | None = None) -> RunConfig:
        """The run that is filled in (see `RunDraft.config`)."""
        return self.draft.config(schedule)

    def follow(self, scene: Scene) -> None:
        """Fills in the batch size and the epochs of a scene; the data are the form's own."""
        self.draft = replace(self.draft, batch_size=str(scene.batch_size), epochs=str(scene.epochs))

    def open_link(self, texts: Mapping[str, str]) -> None:
        """Fills in what a link says (see `RunDraft.with_link`)."""
        self.draft = self.draft.with_link(texts)

    def show_notes(self, notes: Sequence[str]) -> None:
        """Says below the fields what was decided of data and model."""
        self.notes.show("; ".join(notes))

    @property
    def shows_errors(self) -> bool:
        """Whether it is shown beside a field what is wrong with it."""
        return any(field.wrong for field in (self.epochs, self.batch_size, self.seed))

    def _fill_in(self, name: str) -> None:
        self.draft = replace(self.draft, **{name: self._texts[name].value})

    def _show(self, _: Any = None) -> None:
        draft = self.draft
        for name, text in self._texts.items():
            text.value = getattr(draft, name)
        shown = {
            self.file: draft.is_file,
            self.scale: draft.is_file,
            self.target: draft.is_table,
            self.model_file: draft.is_model_file,
            self.loss: draft.is_model_file,
        }
        for control, is_shown in shown.items():
            control.layout.display = None if is_shown else "none"
