"""What the tests of the kinds of training share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from prunelab import ConstantSparsity, PolynomialDecay, PruneLowMagnitude

Arrays = tuple[np.ndarray, np.ndarray]
Make = Callable[..., Any]

GROWING = PolynomialDecay(0.2, 0.9, begin_step=1, end_step=12, frequency=1)
EVERY_STEP = ConstantSparsity(0.75, begin_step=1, frequency=1)
EVERY_OTHER = PolynomialDecay(0.2, 0.9, begin_step=2, end_step=12, frequency=2)


class Look(keras.callbacks.Callback):
    """Calls a function at chosen moments of a fit."""

    def __init__(self, **moments: Callable[[Any], None]) -> None:
        super().__init__()
        for moment, work in moments.items():
            setattr(self, moment, lambda *_, work=work, **__: work(self.model))


class Batches(keras.utils.PyDataset):
    """The samples in batches of 32."""

    def __init__(self, data: Arrays) -> None:
        super().__init__()
        self._data = data

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> Arrays:
        part = slice(32 * index, 32 * index + 32)
        return self._data[0][part], self._data[1][part]


def fit(model: Any, data: Arrays, *callbacks: Any, epochs: int = 1, **values: Any) -> Any:
    return model.fit(
        *data,
        **{
            "batch_size": 32,
            "epochs": epochs,
            "shuffle": False,
            "callbacks": list(callbacks),
            "verbose": 0,
            **values,
        },
    )


def kernels(model: Any) -> list[np.ndarray]:
    return [layer.kernel.numpy() for layer in model.layers if hasattr(layer, "kernel")]


def sparsity(model: Any) -> float:
    found = kernels(model)
    return sum(int((kernel == 0).sum()) for kernel in found) / sum(map(np.size, found))


def masks_of(pruning: PruneLowMagnitude) -> list[np.ndarray]:
    return [mask.copy() for mask in pruning.masks.values()]


def all_zero(values: list[np.ndarray], masks: list[np.ndarray]) -> bool:
    assert any((~mask).any() for mask in masks)
    return all((value[~mask] == 0).all() for value, mask in zip(values, masks, strict=True))


def variables(model: Any) -> list[np.ndarray]:
    """Weights and the optimizer's state."""
    return [np.asarray(one.numpy()) for one in [*model.weights, *model.optimizer.variables]]


def same(ours: list[np.ndarray], theirs: list[np.ndarray]) -> bool:
    """Equal to the bit."""
    return len(ours) == len(theirs) and all(
        a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True)
    )
