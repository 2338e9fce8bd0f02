"""`PrunedWeight`: one weight under pruning. `PrunedWeights`: all of a model's, and their masks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from prunelab.pruning.mask_page import MaskPage, pages
from prunelab.pruning.turns import Turns
from prunelab.schedules import PruningSchedule

__all__ = ["Choice", "PrunedWeight", "PrunedWeights"]

Mask = npt.NDArray[np.bool_]


class PrunedWeight:
    """One weight under pruning.

    Args:
        kernel: The `keras.Variable`.
        turns: When its mask changes.
        page: What holds its mask.
        place: Where on it.

    Attributes:
        path: The variable's path in the model, such as `sequential/dense/kernel`.
        kernel: The variable itself.
        turns: When its mask changes.
        page: What holds its mask.
        place: Where on it.
        shape: Its shape.
        size: Number of weights in it.
        threshold: Magnitude below which weights were dropped at the last update; 0 before it.
        sparsity: Fraction of the mask that is False.
    """

    def __init__(self, kernel: Any, turns: Turns, page: MaskPage, place: int) -> None:
        self.path: str = kernel.path
        self.kernel = kernel
        self.turns = turns
        self.page = page
        self.place = place
        self.shape: tuple[int, ...] = tuple(kernel.shape)
        self.size = int(np.prod(kernel.shape))
        self.threshold = 0.0
        self.sparsity = 0.0
        self._handle, self._type = kernel.value.handle, kernel.value.dtype

    @property
    def schedule(self) -> PruningSchedule:
        """The schedule it is pruned by."""
        return self.turns.schedule

    def values(self) -> npt.NDArray[Any]:
        """The weights as they are: not a copy, and not to be written to."""
        # The plain operation: a variable's own method takes three times as long to get to it, and
        # a small model would notice. Nothing is copied; nothing writes to the weights yet.
        return np.asarray(tf.raw_ops.ReadVariableOp(resource=self._handle, dtype=self._type))

    def kept(self) -> Mask:
        """The mask as an array: bool, of the kernel's shape; True is kept."""
        return self.page.mask(self.place)

    def note(self, mask: Mask, threshold: float) -> None:
        """Keeps what is to be told of a mask that is put in place."""
        self.threshold = threshold
        self.sparsity = 1.0 - np.count_nonzero(mask) / self.size


class Choice(NamedTuple):
    """A mask (bool, of the weight's shape; True is kept) that was chosen, and its threshold."""

    weight: PrunedWeight
    mask: Mask
    threshold: float


class PrunedWeights(Sequence[PrunedWeight]):
    """All weights of a model that are under pruning.

    Args:
        kernels: Their `keras.Variable`s and when their masks change, in the model's order.
    """

    def __init__(self, kernels: Sequence[tuple[Any, Turns]] = ()) -> None:
        held = pages([tuple(kernel.shape) for kernel, _ in kernels])
        self._weights = [
            PrunedWeight(kernel, turns, *one)
            for (kernel, turns), one in zip(kernels, held, strict=True)
        ]
        self._pages: dict[MaskPage, list[PrunedWeight]] = {}
        for weight in self._weights:
            self._pages.setdefault(weight.page, []).append(weight)

    def __len__(self) -> int:
        return len(self._weights)

    def __getitem__(self, index: Any) -> Any:
        return self._weights[index]

    def __iter__(self) -> Iterator[PrunedWeight]:
        return iter(self._weights)

    @property
    def sparsity(self) -> float:
        """Fraction of all of them that the masks drop."""
        total = sum(weight.size for weight in self._weights)
        dropped = sum(weight.sparsity * weight.size for weight in self._weights)
        return dropped / total if total else 0.0

    def put(self, chosen: Sequence[Choice]) -> None:
        """Puts masks in place; the weights themselves change at the next `apply`."""
        masks: dict[MaskPage, dict[int, Mask]] = {}
        for weight, mask, threshold in chosen:
            masks.setdefault(weight.page, {})[weight.place] = mask
            weight.note(mask, threshold)
        for page, some in masks.items():
            page.put(some)

    def assign(self, masks: Sequence[Any]) -> None:
        """Puts the masks of all in place, given as tensors in their order, in a traced step."""
        given = dict(zip(map(id, self._weights), masks, strict=True))
        for page, weights in self._pages.items():
            page.assign([given[id(weight)] for weight in weights])

    def apply(self) -> None:
        """Sets every dropped weight to zero; also while a step is traced."""
        for page, weights in self._pages.items():
            _choose(page, weights)

    def apply_in_step(self) -> None:
        """Sets every dropped weight to zero or to -0.0 while a step is traced, at the least cost.

        A small weight that is NaN stays so, as in the reference.
        """
        for page, weights in self._pages.items():
            if page.is_small:
                _multiply(page, weights)
            else:
                _choose(page, weights)


def _choose(page: MaskPage, weights: list[PrunedWeight]) -> None:
    for weight, mask in zip(weights, page.tensors(), strict=True):
        value = weight.kernel.value
        weight.kernel.assign(tf.where(mask, value, tf.zeros((), value.dtype)))


def _multiply(page: MaskPage, weights: list[PrunedWeight]) -> None:
    # A third of what choosing costs small weights; large ones would pay for masks as floats.
    types = {weight.kernel.value.dtype for weight in weights}
    masks = {dtype: page.tensors(dtype) for dtype in types}
    for place, weight in enumerate(weights):
        value = weight.kernel.value
        weight.kernel.assign(value * masks[value.dtype][place])
