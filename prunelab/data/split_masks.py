"""Which samples are for training, validation and test: the same for every run, whatever its seed.

Runs then differ by their seed alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["TEST_SHARE", "held_back", "kept_for_validation"]

TEST_SHARE = 0.2
_EVERY = round(1 / TEST_SHARE)
_SEED = 0


def held_back(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """The test part of a data set that has none: a fifth of each class, drawn by chance.

    Args:
        numbers: The class of each sample.

    Returns:
        True for each sample of the test. A class of one sample stays for training.
    """
    by_chance = np.random.default_rng(_SEED).permutation(len(numbers))
    by_class = by_chance[np.argsort(numbers[by_chance], kind="stable")]
    test = np.zeros(len(numbers), np.bool_)
    test[by_class[_EVERY // 2 :: _EVERY]] = True
    test[np.bincount(numbers)[numbers] == 1] = False
    return test


def kept_for_validation(samples: int, training: int) -> npt.NDArray[np.bool_]:
    """Which of some samples are kept for validation, drawn by chance, so that `training` remain."""
    kept = np.zeros(samples, np.bool_)
    kept[np.random.default_rng(_SEED).permutation(samples)[training:]] = True
    return kept
