"""Which samples are for training, validation and test: the same for every run, whatever its seed.

Repetitions of a run with other seeds then differ by the seed alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["TEST_SHARE", "rows_for_test", "rows_for_validation"]

TEST_SHARE = 0.2
_EVERY = round(1 / TEST_SHARE)
_SEED = 0


def rows_for_test(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Chooses the test part of a data set that has none: a random fifth of each class.

    Args:
        numbers: The class of each sample.

    Returns:
        True for each sample of the test. A class of one sample stays for training.
    """
    shuffled = np.random.default_rng(_SEED).permutation(len(numbers))
    by_class = shuffled[np.argsort(numbers[shuffled], kind="stable")]
    test = np.zeros(len(numbers), np.bool_)
    test[by_class[_EVERY // 2 :: _EVERY]] = True
    test[np.bincount(numbers)[numbers] == 1] = False
    return test


def rows_for_validation(samples: int, training: int) -> npt.NDArray[np.bool_]:
    """Chooses random samples for validation, so that `training` of all `samples` remain."""
    validation = np.zeros(samples, np.bool_)
    validation[np.random.default_rng(_SEED).permutation(samples)[training:]] = True
    return validation
