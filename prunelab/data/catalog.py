"""The data sets that are known by name, and what is known of each before it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from prunelab.data.npz import inspect_npz
from prunelab.errors import UsageError
from prunelab.paths import exists, is_file, user_path

__all__ = ["DATASETS", "DatasetInfo", "describe"]


@dataclass(frozen=True)
class DatasetInfo:
    """The size of a data set: known for one with a name, read from a file otherwise.

    Attributes:
        samples: Samples to train and validate on.
        test_samples: Samples held back for the one test at the end.
        shape: Shape of one sample.
        classes: Number of classes; labels are 0 to classes - 1.
        notes: What was decided of a file that its owner may not expect, each as a line.
    """

    samples: int
    test_samples: int
    shape: tuple[int, ...]
    classes: int
    notes: tuple[str, ...] = ()

    def training_samples(self, validation_split: float) -> int:
        """Samples that remain for training when a share of them is kept for validation."""
        return self.samples - int(self.samples * validation_split)


DATASETS = {
    # 1,797 images of scikit-learn, of which a fixed fifth is held back for the test.
    "digits": DatasetInfo(1437, 360, (8, 8), 10),
    "mnist": DatasetInfo(60_000, 10_000, (28, 28), 10),
    "fashion_mnist": DatasetInfo(60_000, 10_000, (28, 28), 10),
    "cifar10": DatasetInfo(50_000, 10_000, (32, 32, 3), 10),
}


def describe(name: str) -> DatasetInfo:
    """Says how large a data set is.

    Args:
        name: One of `DATASETS`, or the path of an `.npz` file (see `prunelab.data.npz`).

    Raises:
        UsageError: for an unknown name, or a file that does not hold what it must.
    """
    if name in DATASETS:
        return DATASETS[name]
    path = user_path(name)
    if not name.endswith(".npz") and not exists(path):
        raise UsageError(
            f"dataset {name!r} is not known: use one of {', '.join(DATASETS)}, "
            "or the path of a FILE.npz"
        )
    changed = path.stat().st_mtime_ns if is_file(path) else 0
    return _describe_file(path, changed)


@lru_cache(maxsize=16)
def _describe_file(path: Path, changed: int) -> DatasetInfo:
    """Reads a file once for as long as it stays unchanged: a form asks at every key press."""
    samples, test_samples, shape, classes = inspect_npz(path)
    return DatasetInfo(samples, test_samples, shape, classes)
