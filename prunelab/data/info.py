"""What is known of a data set before it is trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["DatasetInfo"]


@dataclass(frozen=True)
class DatasetInfo:
    """The size of a data set: known for one with a name, read from a file otherwise.

    Attributes:
        samples: Samples to train on; where the data set has no validation part of its own, a share
            of them is kept for that.
        test_samples: Samples of the test part, used once at the end.
        shape: Shape of one sample.
        classes: Number of classes; labels are 0 to classes - 1.
        notes: Decisions on a file that its owner may not expect, a line each.
        validation_samples: Samples of a validation part of its own; 0 where it has none.
    """

    samples: int
    test_samples: int
    shape: tuple[int, ...]
    classes: int
    notes: tuple[str, ...] = ()
    validation_samples: int = 0

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> DatasetInfo:
        """From its fields as JSON gives them back."""
        lists = {"shape": tuple(record["shape"]), "notes": tuple(record["notes"])}
        return cls(**{**record, **lists})

    def same_size(self, other: DatasetInfo) -> bool:
        """Whether a run on the one has the steps and the model of a run on the other."""
        return replace(self, notes=()) == replace(other, notes=())

    def training_samples(self, validation_split: float) -> int:
        """Samples that remain for training when a share of them is kept for validation."""
        if self.validation_samples:
            return self.samples
        return self.samples - int(self.samples * validation_split)
