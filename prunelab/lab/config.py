"""`RunConfig`: all choices that make a run."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import InitVar, asdict, dataclass, fields, replace
from functools import cached_property
from typing import Any

from prunelab.data import DATASETS, DatasetInfo, channels_first, describe, read_scale
from prunelab.errors import UsageError
from prunelab.model_file import ModelFacts, Setup, read_model, setup_for
from prunelab.plan import Plan, steps_per_epoch
from prunelab.schedules import PruningSchedule, schedule_from_record, schedule_record
from prunelab.schedules.catalog import make_schedule
from prunelab.schedules.values.validation import count_of, seed_of
from prunelab.user_files.paths import absolute, exists, user_path
from prunelab.user_files.python_file import check_python_file

__all__ = ["MODELS", "RunConfig"]

MODELS = ("mlp", "lenet-300-100", "cnn")

# Two poolings by 2 reduce a smaller image to nothing.
_CNN_SIDE = 4


@dataclass(frozen=True)
class RunConfig:
    """What to train, on what, and under which schedule.

    Attributes:
        schedule: The pruning schedule, or None for an unpruned baseline. A kind's name such as
            "polynomial", or a dictionary of its `kind` and the parameters that are not to fit the
            run by themselves, such as `{"kind": "polynomial", "final_sparsity": "80%",
            "begin_step": "20%"}`, becomes the schedule that `make_schedule` makes on the steps of
            this run; `dataclasses.replace` keeps that one.
        dataset: One of `prunelab.data.DATASETS`, or the path of an `.npz`, CSV or Parquet file.
        model: One of `MODELS`, or the path of a `.keras` file to prune further.
            Paths become absolute.
        epochs: Passes over the training samples.
        batch_size: Samples of one step.
        seed: Of the initial weights, the order of the samples and dropout.
        validation_split: Share of the training samples kept for validation after every epoch.
        learning_rate: Of the optimizer. Given as None, or not at all, it becomes the optimizer's
            own: that of the model file, else 0.001, or 0.01 of SGD; it stays None where a schedule
            of the file gives it.
        name: What the run is called in tables; empty for a name made of the schedule.
        scale: How samples are scaled, one of `prunelab.data.SCALES` or a number to divide by; the
            training samples decide for all.
        target: The column of a table that holds the labels; empty to find it by its name.
        loss: `NAME` or `NAME(parameter=value, ...)` of a loss of Keras or of `module`; empty for
            the model file's own, or one that goes with the model's output.
        optimizer: Likewise of an optimizer; empty for the model file's own, or Adam.
        module: Path of a Python file that defines what the model file, `loss` or `optimizer` have
            that is not of Keras. The training process runs it, and with it the code of Lambda
            layers within the model file; without it nothing of a file is run.
        known: The description of the data set; by default a file is read for it.

    Raises:
        UsageError: for a value that breaks a rule.
    """

    schedule: PruningSchedule | str | Mapping[str, Any] | None
    dataset: str = "digits"
    model: str = "mlp"
    epochs: int = 30
    batch_size: int = 32
    seed: int = 0
    validation_split: float = 0.2
    learning_rate: float | None = None
    name: str = ""
    scale: str = "auto"
    target: str = ""
    loss: str = ""
    optimizer: str = ""
    module: str = ""
    known: InitVar[DatasetInfo | None] = None

    def __post_init__(self, known: DatasetInfo | None) -> None:
        if known is not None:
            self.__dict__["data"] = known
        for name in ("dataset", "model", "module"):
            object.__setattr__(self, name, os.fspath(getattr(self, name)))
        object.__setattr__(self, "scale", read_scale(self.scale))
        for name in ("epochs", "batch_size"):
            value = count_of(getattr(self, name), name, _EXAMPLES[name])
            object.__setattr__(self, name, value)
        object.__setattr__(self, "seed", seed_of(self.seed))
        if not 0.0 <= self.validation_split < 1.0:
            raise UsageError(
                f"validation_split={self.validation_split} must be in range [0, 1): use 0.2, say"
            )
        rate = self.learning_rate
        if rate is not None and not (math.isfinite(rate) and rate > 0):
            raise UsageError(f"learning_rate={rate} must be a number above 0: use 0.001, say")
        # Paths become absolute for the training process, which may run in another folder.
        _ = self.data  # First, so that an error names the path as it was written.
        if self.dataset not in DATASETS:
            object.__setattr__(self, "dataset", str(absolute(self.dataset)))
        self._check_model()
        if self.batch_size > self.samples:
            raise UsageError(
                f"batch_size={self.batch_size} is more than the {self.samples:,} training "
                f"samples: use at most {self.samples}"
            )
        object.__setattr__(self, "schedule", self._make_schedule(self._steps))

    @cached_property
    def data(self) -> DatasetInfo:
        """The size of the data set."""
        return describe(self.dataset, self.scale, self.target)

    @property
    def notes(self) -> tuple[str, ...]:
        """Decisions on data and model that the user may not expect, a line each."""
        return self.data.notes + self.setup.notes

    @cached_property
    def model_facts(self) -> ModelFacts:
        """Facts on the model that are known before it is made or loaded."""
        if self.model in MODELS:
            return ModelFacts.of_builtin(
                f"model {self.model!r}", self.data.shape, self.data.classes
            )
        return read_model(user_path(self.model), module=bool(self.module))

    @cached_property
    def setup(self) -> Setup:
        """Loss, optimizer and the like, as far as they are known before the model is loaded."""
        return self.setup_of(self.model_facts)

    def setup_of(self, facts: ModelFacts) -> Setup:
        """The same for a model of which more facts are known.

        Raises:
            UsageError: where it does not fit the data, or nothing tells which loss is right.
        """
        return setup_for(
            facts,
            self.data.shape,
            self.data.classes,
            loss=self.loss,
            optimizer=self.optimizer,
            learning_rate=self.learning_rate,
            module=bool(self.module),
        )

    @property
    def decided(self) -> dict[str, str]:
        """Loss and optimizer as texts, for a model file or where one of them was named."""
        if self.model in MODELS and not (self.loss or self.optimizer):
            return {}
        return {"loss": str(self.setup.loss), "optimizer": self.setup.optimizer.text_without_rate}

    @property
    def samples(self) -> int:
        """Samples that the model trains on."""
        return self.data.training_samples(self.validation_split)

    @cached_property
    def plan(self) -> Plan:
        """The schedule on the steps of this run."""
        return replace(self._steps, schedule=self._make_schedule(self._steps))

    def to_record(self) -> dict[str, Any]:
        """The config as plain data; of a custom schedule also the values at each step.

        Fields that came after the first version are left out where they are not set, so that runs
        of older labs are still equal to new ones. Of a file it includes
        the description, so that the training process reads the file only once.
        """
        record: dict[str, Any] = {
            "schedule": schedule_record(self.plan.schedule, self.plan.steps),
            "dataset": self.dataset,
            "model": self.model,
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "seed": self.seed,
            "validation_split": self.validation_split,
            "learning_rate": self.learning_rate,
            "name": self.name,
        }
        for one in fields(self):
            if one.name not in record and getattr(self, one.name) != one.default:
                record[one.name] = getattr(self, one.name)
        return record if self.dataset in DATASETS else record | {"data": asdict(self.data)}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> RunConfig:
        """Makes the config again that `to_record` described."""
        values = {**record, "schedule": schedule_from_record(record["schedule"])}
        data = values.pop("data", None)
        return cls(**values, known=None if data is None else DatasetInfo.from_record(data))

    @property
    def _steps(self) -> Plan:
        """The run without schedule; raises where it has too many steps."""
        each = steps_per_epoch(self.samples, self.batch_size)
        return Plan(None, each * self.epochs, each)

    def _make_schedule(self, run: Plan) -> PruningSchedule | None:
        """Makes the schedule out of the field `schedule`."""
        given = self.schedule
        if given is None or isinstance(given, PruningSchedule):
            return given
        if isinstance(given, str):
            return make_schedule(given, {}, run.steps)
        if isinstance(given, Mapping) and isinstance(given.get("kind"), str):
            values = {name: value for name, value in given.items() if name != "kind"}
            return make_schedule(given["kind"], values, run.steps)
        raise UsageError(
            f"schedule={str(given)[:60]!r} is not a schedule: use a PruningSchedule, "
            '"polynomial", {"kind": "polynomial", "final_sparsity": 0.8}, say, or None'
        )

    def _check_model(self) -> None:
        shape = self.data.shape
        if self.model == "cnn" and channels_first(shape):
            raise UsageError(
                f"model 'cnn' takes channels last, the samples of {self.dataset} have shape "
                f"{shape}: save np.moveaxis(x, 1, -1), or use mlp or lenet-300-100"
            )
        if self.model == "cnn" and (len(shape) == 1 or min(shape[:2]) < _CNN_SIDE):
            raise UsageError(
                f"model 'cnn' needs images of at least {_CNN_SIDE} x {_CNN_SIDE}, the samples of "
                f"{self.dataset} have shape {shape}: use mlp or lenet-300-100"
            )
        if self.module:
            object.__setattr__(self, "module", str(check_python_file(self.module)))
        if self.model not in MODELS:
            path = user_path(self.model)
            if not path.suffix and not exists(path):
                raise UsageError(
                    f"model {self.model!r} is not known: use one of {', '.join(MODELS)}, "
                    "or the path of a FILE.keras"
                )
            _ = self.model_facts  # First, so that an error names the path as it was written.
            object.__setattr__(self, "model", str(absolute(path)))
        object.__setattr__(self, "learning_rate", self.setup.optimizer.learning_rate)


_EXAMPLES = {"epochs": 30, "batch_size": 32}
