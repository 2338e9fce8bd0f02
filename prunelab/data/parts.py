"""The parts of a data set as a file holds them."""

from __future__ import annotations

from dataclasses import dataclass, field

from prunelab.data.formats.stored_arrays import StoredArray
from prunelab.data.labels import Labels

__all__ = ["Part", "Parts"]


@dataclass(frozen=True)
class Part:
    """Samples, which are read later, with one label each, which are read already."""

    x: StoredArray
    labels: Labels


@dataclass(frozen=True)
class Parts:
    """What a file holds. Where `test` is None, `train` is all of it."""

    train: Part
    test: Part | None = None
    validation: Part | None = None
    notes: list[str] = field(default_factory=list)

    def named(self) -> dict[str, Part]:
        """The parts that exist, by name."""
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: part for name, part in parts.items() if part is not None}
