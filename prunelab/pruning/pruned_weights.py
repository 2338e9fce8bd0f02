"""`PrunedWeight`: one weight under pruning. `PrunedWeights`: all of a model's, and their masks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from prunelab.pruning.schedule_lookahead import Lookahead
from prunelab.pruning.tensorflow_backend.masked_variable import Bools, MaskVariable
from prunelab.schedules import PruningSchedule

__all__ = ["Choice", "PrunedWeight", "PrunedWeights"]


class PrunedWeight:
    """One weight under pruning.

    Args:
        kernel: The `keras.Variable`.
        turns: When its mask changes.

    Attributes:
        path: The variable's path in the model, such as `sequential/dense/kernel`.
        kernel: The variable itself.
        turns: When its mask changes.
        mask: Its mask.
        shape: Its shape.
        size: Number of weights in it.
        threshold: Magnitude below which weights were dropped at the last update; 0 before it.
    """

    def __init__(self, kernel: Any, turns: Lookahead) -> None:
        self.path: str = kernel.path
        self.kernel = kernel
        self.turns = turns
        self.shape: tuple[int, ...] = tuple(kernel.shape)
        self.mask = MaskVariable(self.shape, kernel.value.dtype)
        self.size = int(np.prod(kernel.shape))
        self.threshold = 0.0
        self._sparsity: float | None = 0.0
        self._is_replicated = isinstance(kernel.value, tf.distribute.DistributedValues)
        # All replicas hold the same.
        first = kernel.value.values[0] if self._is_replicated else kernel.value
        self._handle, self._type = first.handle, first.dtype

    @property
    def schedule(self) -> PruningSchedule:
        """The schedule it is pruned by."""
        return self.turns.schedule

    def values(self) -> npt.NDArray[Any]:
        """The weights as they are: not a copy, and not to be written to."""
        # Nothing is copied; nothing writes to the weights yet.
        values: npt.NDArray[Any] = self.read().__array__()
        return values

    def read(self) -> Any:
        """The weights as they are, as a tensor."""
        # The plain operation: a variable's own method takes three times as long to get to it, and
        # a small model would notice.
        return tf.raw_ops.ReadVariableOp(resource=self._handle, dtype=self._type)

    def write(self, values: Any) -> None:
        """Puts other weights in place, now.

        Args:
            values: Of the kernel's shape and type: a tensor, or an array that nothing else may
                write to.
        """
        if self._is_replicated:
            self.kernel.value.assign(values)
        else:
            tf.raw_ops.AssignVariableOp(resource=self._handle, value=values)

    def kept(self) -> Bools:
        """The mask as an array: bool, of the kernel's shape; True is kept."""
        return self.mask.array()

    @property
    def sparsity(self) -> float:
        """Fraction of the mask that is False."""
        if self._sparsity is None:
            self._sparsity = _sparsity(self.kept())
        return self._sparsity

    def put(self, mask: Bools, threshold: float) -> None:
        """Puts a mask in place; the weight itself changes at the next `apply`."""
        self.mask.put(mask)
        # A small model would notice it if its masks were counted.
        self.note(threshold, None if self.mask.is_small else mask)

    def note(self, threshold: float, mask: Bools | None) -> None:
        """Keeps what is to be told of a mask.

        Args:
            threshold: The magnitude it was chosen by.
            mask: The mask, to be counted now; without it, what is in place is counted when somebody
                asks.
        """
        self.threshold = threshold
        self._sparsity = None if mask is None else _sparsity(mask)

    def clear(self) -> None:
        """Sets every dropped weight to zero, now."""
        if not self.mask.is_small:
            self.write(self.mask.on(self.read()))
            return
        # In a third of the time that TensorFlow takes, which to a small model is a step an epoch.
        values, kept = self.values(), self.kept()
        if values[~kept].any():
            self.write(np.where(kept, values, values.dtype.type(0)))

    def clear_in_step(self) -> None:
        """Makes dropped weights 0 or -0.0 in a step that is traced (`MaskVariable.times`)."""
        self.kernel.assign(self.mask.times(self.kernel.value))


def _sparsity(mask: Bools) -> float:
    return 1.0 - np.count_nonzero(mask) / mask.size


class Choice(NamedTuple):
    """A mask (bool, of the weight's shape; True is kept) that was chosen, and its threshold."""

    weight: PrunedWeight
    mask: Bools
    threshold: float


class PrunedWeights(Sequence[PrunedWeight]):
    """All weights of a model that are under pruning.

    Args:
        kernels: Their `keras.Variable`s and when their masks change, in the model's order.
    """

    def __init__(self, kernels: Sequence[tuple[Any, Lookahead]] = ()) -> None:
        self._weights = [PrunedWeight(kernel, turns) for kernel, turns in kernels]

    def become(self, kernels: Sequence[tuple[Any, Lookahead]]) -> None:
        """Holds other weights from now on; those that it has held keep their masks.

        Args:
            kernels: As for the class.
        """
        held = {id(weight.kernel): weight for weight in self._weights}
        self._weights = [
            held.get(id(kernel)) or PrunedWeight(kernel, turns) for kernel, turns in kernels
        ]

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

    def values(self) -> list[npt.NDArray[Any]]:
        """What they are, in their order: not copies, and not to be written to."""
        # One kind of work after the other: in turn, each would have to be fetched into the
        # processor's caches again.
        tensors = [weight.read() for weight in self._weights]
        return [tensor.__array__() for tensor in tensors]

    def share(self) -> None:
        """Makes it cheap to put masks in place from here on, between steps and not in a graph."""
        for weight in self._weights:
            weight.mask.share()

    def put(self, chosen: Sequence[Choice]) -> None:
        """Puts masks in place; the weights themselves change at the next `apply`."""
        for weight, mask, threshold in chosen:
            weight.put(mask, threshold)

    def assign(self, masks: Sequence[Any]) -> None:
        """Puts the masks of all in place, given as tensors in their order, in a traced step."""
        for weight, mask in zip(self._weights, masks, strict=True):
            weight.mask.assign(mask)

    def apply(self) -> None:
        """Sets every dropped weight to zero, now."""
        for weight in self._weights:
            weight.clear()

    def apply_in_step(self) -> None:
        """Makes dropped weights 0 or -0.0 in a step that is traced (`MaskVariable.times`)."""
        for weight in self._weights:
            weight.clear_in_step()
