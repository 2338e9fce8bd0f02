"""`RunForm`: what to train and on what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from prunelab.data import DATASETS, SCALES, is_table
from prunelab.errors import UsageError
from prunelab.explorer.scene import Scene
from prunelab.lab import MODELS, RunConfig
from prunelab.schedules import PruningSchedule
from prunelab.ui.common.whole_field import WholeField
from prunelab.ui.common.words import TOOLTIPS, TextLine
from prunelab.user_files.paths import absolute

__all__ = ["RunForm"]

_FILE = "a file of your own"


class RunForm(widgets.VBox):
    """Chooses data, model, epochs, batch size and seed; the schedule comes from elsewhere."""

    def __init__(self) -> None:
        usual = RunConfig(schedule=None)
        self.dataset = widgets.Dropdown(options=[*DATASETS, _FILE], description="data")
        self.file = widgets.Text(
            description="file",
            placeholder="/path/to/FILE.npz, .csv or .parquet",
            continuous_update=False,
        )
        self.target = widgets.Text(
            description="target", placeholder="column of the labels", continuous_update=False
        )
        self.scale = widgets.Combobox(
            description="scale", value=usual.scale, options=SCALES, continuous_update=False
        )
        self.model = widgets.Dropdown(options=[*MODELS, _FILE], description="model")
        self.model_file = widgets.Text(
            description="model file", placeholder="/path/to/FILE.keras", continuous_update=False
        )
        self.loss = widgets.Text(
            description="loss", placeholder="the file's own", continuous_update=False
        )
        self.epochs = WholeField("epochs", usual.epochs)
        self.batch_size = WholeField("batch_size", usual.batch_size)
        self.seed = WholeField("seed", usual.seed)
        tips = (
            *("dataset", "file", "target", "scale"),
            *("model", "model_file", "loss"),
            *("epochs", "batch_size", "seed"),
        )
        for name in tips:
            control = getattr(self, name)
            if isinstance(control, WholeField):
                control.observe(self._changed, ["value", "wrong"])
            else:
                control.tooltip = TOOLTIPS[name]
                control.observe(self._changed, "value")
        self._notes = TextLine()
        self._quiet = False
        self._on_change: list[Callable[[], None]] = []
        super().__init__([*(getattr(self, name) for name in tips), self._notes])
        self.add_class("prunelab-form")
        self._show_file()

    def config(self, schedule: PruningSchedule | None = None) -> RunConfig:
        """The run that is chosen.

        Args:
            schedule: Under which schedule.

        Raises:
            UsageError: where a value breaks a rule.
        """
        return RunConfig(
            schedule=schedule,
            dataset=self._chosen_data(),
            model=self._chosen_model(),
            epochs=self.epochs.good(),
            batch_size=self.batch_size.good(),
            seed=self.seed.good(),
            scale=self.scale.value.strip() if self._is_file else "auto",
            target=self.target.value.strip() if self._is_table else "",
            loss=self.loss.value.strip() if self._is_model_file else "",
        )

    def show_run(self, scene: Scene) -> None:
        """Takes over the batch size and the epochs of a scene; the data are its own."""
        self.batch_size.put(scene.batch_size)
        self.epochs.put(scene.epochs)

    def link_values(self) -> dict[str, str]:
        """What a link says of the run beside its sizes: see `prunelab.explorer.run_url`."""
        return {
            "dataset": self.file.value.strip() if self._is_file else self.dataset.value,
            "model": self.model_file.value.strip() if self._is_model_file else self.model.value,
            "seed": str(self.seed.value),
            "scale": self.scale.value.strip() if self._is_file else "",
            "target_column": self.target.value.strip() if self._is_table else "",
            "loss": self.loss.value.strip() if self._is_model_file else "",
        }

    def take(self, texts: Mapping[str, str]) -> None:
        """Fills in what a link says, as if it was typed; what it does not say stays as it is.

        Args:
            texts: As `prunelab.explorer.run_url.read_run` gives them.
        """
        self._quiet = True
        try:
            if (data := texts.get("dataset")) is not None:
                self._choose(self.dataset, self.file, data)
            if (model := texts.get("model")) is not None:
                self._choose(self.model, self.model_file, model)
            for name in ("seed", "epochs", "batch_size"):
                if name in texts:
                    getattr(self, name).field.value = texts[name]
            for name in ("scale", "target_column", "loss"):
                if name in texts:
                    getattr(self, name.removesuffix("_column")).value = texts[name]
        finally:
            self._quiet = False
        if texts:
            self._changed(None)

    def show_notes(self, notes: Sequence[str]) -> None:
        """Says below the fields what was decided of data and model."""
        self._notes.tell("; ".join(notes))

    @property
    def tells_beside(self) -> bool:
        """Whether something is told beside a field to be wrong with it."""
        return any(field.wrong for field in (self.epochs, self.batch_size, self.seed))

    def on_change(self, callback: Callable[[], None]) -> None:
        """Calls back, without arguments, whenever another run is chosen."""
        self._on_change.append(callback)

    def _chosen_data(self) -> str:
        if self.dataset.value != _FILE:
            return str(self.dataset.value)
        written = self.file.value.strip()
        if not written:
            raise UsageError("no file is named: write the path of an .npz, CSV or Parquet file")
        return str(absolute(written))

    def _chosen_model(self) -> str:
        if not self._is_model_file:
            return str(self.model.value)
        written = self.model_file.value.strip()
        if not written:
            raise UsageError("no model file is named: write the path of a FILE.keras")
        return str(absolute(written))

    @property
    def _is_model_file(self) -> bool:
        return bool(self.model.value == _FILE)

    @property
    def _is_file(self) -> bool:
        return bool(self.dataset.value == _FILE)

    @property
    def _is_table(self) -> bool:
        return self._is_file and is_table(self.file.value.strip())

    def _show_file(self) -> None:
        shown = {
            self.file: self._is_file,
            self.scale: self._is_file,
            self.target: self._is_table,
            self.model_file: self._is_model_file,
            self.loss: self._is_model_file,
        }
        for control, is_shown in shown.items():
            control.layout.display = None if is_shown else "none"

    def _choose(self, choice: widgets.Dropdown, file: widgets.Text, text: str) -> None:
        """Chooses one that is known, or the file of a path."""
        if text in choice.options and text != _FILE:
            choice.value = text
        else:
            choice.value, file.value = _FILE, text

    def _changed(self, _: Any) -> None:
        if self._quiet:
            return
        self._show_file()
        for callback in self._on_change:
            callback()
