"""`RunDraft`: what is filled into the form of a run, as a value. No widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from prunelab.data import DATASETS, is_table
from prunelab.errors import UsageError
from prunelab.lab import MODELS, RunConfig
from prunelab.schedules import PruningSchedule
from prunelab.ui.common.whole_number import read_whole
from prunelab.user_files.paths import absolute

__all__ = ["OWN_FILE", "RunDraft"]

# The choice of data, or of a model, that a path is typed for.
OWN_FILE = "a file of your own"

_DEFAULT = RunConfig(schedule=None)


@dataclass(frozen=True)
class RunDraft:
    """The texts of all fields, good or not.

    Attributes:
        dataset: The name of a data set, or `OWN_FILE`.
        file: The path of the user's own data.
        target: The column of a table that holds the labels.
        scale: How samples of a file are scaled.
        model: The name of a model, or `OWN_FILE`.
        model_file: The path of the user's own model.
        loss: The loss that a model file is trained with; nothing for its own.
        epochs: Passes over the samples, as typed.
        batch_size: Samples of one step, as typed.
        seed: Of initial weights and the order of samples, as typed.
    """

    dataset: str = next(iter(DATASETS))
    file: str = ""
    target: str = ""
    scale: str = _DEFAULT.scale
    model: str = next(iter(MODELS))
    model_file: str = ""
    loss: str = ""
    epochs: str = str(_DEFAULT.epochs)
    batch_size: str = str(_DEFAULT.batch_size)
    seed: str = str(_DEFAULT.seed)

    @property
    def is_file(self) -> bool:
        """Whether the data are a file of the user's own."""
        return self.dataset == OWN_FILE

    @property
    def is_table(self) -> bool:
        """Whether they are a table, in which a column holds the labels."""
        return self.is_file and is_table(self.file.strip())

    @property
    def is_model_file(self) -> bool:
        """Whether the model is a file of the user's own."""
        return self.model == OWN_FILE

    def config(self, schedule: PruningSchedule | None = None) -> RunConfig:
        """The run that is filled in.

        Args:
            schedule: Under which schedule.

        Raises:
            UsageError: where a value breaks a rule.
        """
        return RunConfig(
            schedule=schedule,
            dataset=self._path(self.file, "file", "an .npz, CSV or Parquet file")
            if self.is_file
            else self.dataset,
            model=self._path(self.model_file, "model file", "a FILE.keras")
            if self.is_model_file
            else self.model,
            epochs=self._whole("epochs"),
            batch_size=self._whole("batch_size"),
            seed=self._whole("seed"),
            scale=self.scale.strip() if self.is_file else _DEFAULT.scale,
            target=self.target.strip() if self.is_table else "",
            loss=self.loss.strip() if self.is_model_file else "",
        )

    def to_link(self) -> dict[str, str]:
        """What a link says of the run beside its sizes: see `prunelab.explorer.run_url`."""
        return {
            "dataset": self.file.strip() if self.is_file else self.dataset,
            "model": self.model_file.strip() if self.is_model_file else self.model,
            "seed": self.seed,
            "scale": self.scale.strip() if self.is_file else "",
            "target_column": self.target.strip() if self.is_table else "",
            "loss": self.loss.strip() if self.is_model_file else "",
        }

    def with_link(self, texts: Mapping[str, str]) -> RunDraft:
        """The draft after all that a link says was typed; what it does not say stays as it is.

        Args:
            texts: As `prunelab.explorer.run_url.read_run` gives them.
        """
        changes = {
            name.removesuffix("_column"): text
            for name, text in texts.items()
            if name not in ("dataset", "model")
        }
        for name, file, known in (("dataset", "file", DATASETS), ("model", "model_file", MODELS)):
            if (text := texts.get(name)) is not None:
                changes |= {name: text} if text in known else {name: OWN_FILE, file: text}
        return replace(self, **changes)

    def _whole(self, name: str) -> int:
        return read_whole(getattr(self, name), name, getattr(_DEFAULT, name))

    def _path(self, text: str, name: str, kind: str) -> str:
        """Returns a typed path as an absolute one."""
        if not text.strip():
            raise UsageError(f"no {name} is named: write the path of {kind}")
        return str(absolute(text.strip()))
