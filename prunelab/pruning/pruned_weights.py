"""`PrunedWeight`: one weight under pruning. `PrunedWeights`: all of a model's, and their masks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from prunelab.pruning.backend import Backend, MaskedVariable
from prunelab.pruning.masks.mask import Mask
from prunelab.schedules import PruningSchedule

__all__ = ["NewMask", "PrunedWeight", "PrunedWeights"]

# From so many weights on a mask is counted as it is set, while it is in the processor's caches;
# smaller ones where somebody asks, to stay within the step budget (docs/performance.md).
_COUNTED_AT_ONCE = 100_000


class PrunedWeight:
    """One weight under pruning.

    Args:
        kernel: The `keras.Variable`.
        schedule: The schedule it is pruned by.
        variable: What the backend holds of it.

    Attributes:
        path: The variable's path in the model, such as `sequential/dense/kernel`.
        kernel: The `keras.Variable`.
        schedule: The schedule it is pruned by.
        variable: What the backend holds of it: its values and its mask.
        shape: Its shape.
        size: Number of elements in it.
        threshold: Magnitude below which elements were dropped at the last update; 0 before it.
    """

    def __init__(self, kernel: Any, schedule: PruningSchedule, variable: MaskedVariable) -> None:
        self.path: str = kernel.path
        self.kernel = kernel
        self.schedule = schedule
        self.variable = variable
        self.shape: tuple[int, ...] = tuple(kernel.shape)
        self.size = int(np.prod(self.shape))
        self.threshold = 0.0
        self._sparsity: float | None = 0.0
        self._is_counted_at_once = self.size >= _COUNTED_AT_ONCE

    def mask(self) -> Mask:
        """A copy of its mask: bool, of its shape; True is kept."""
        return self.variable.mask()

    @property
    def sparsity(self) -> float:
        """Fraction of the mask that is False."""
        if self._sparsity is None:
            self._sparsity = _sparsity(self.mask())
        return self._sparsity

    def set_mask(self, mask: Mask, threshold: float) -> None:
        """Sets its mask; the weight itself changes at the next `apply_masks`.

        Args:
            mask: Bool, of its shape; nothing else may write to it afterwards.
            threshold: The magnitude by which it was chosen.
        """
        self.variable.set_mask(mask)
        self.note(threshold, mask if self._is_counted_at_once else None)

    def note(self, threshold: float, mask: Mask | None) -> None:
        """Notes what is reported of a mask.

        Args:
            threshold: The magnitude by which it was chosen.
            mask: The mask, to be counted now; without it, the one that is set is counted when
                somebody asks.
        """
        self.threshold = threshold
        self._sparsity = None if mask is None else _sparsity(mask)


def _sparsity(mask: Mask) -> float:
    return 1.0 - np.count_nonzero(mask) / mask.size


class NewMask(NamedTuple):
    """A mask (bool, of the weight's shape; True is kept) that was chosen, and its threshold."""

    weight: PrunedWeight
    mask: Mask
    threshold: float


class PrunedWeights(Sequence[PrunedWeight]):
    """All weights of a model that are under pruning; none at first.

    Args:
        backend: What computes the model.

    Attributes:
        variables: What the backend holds of each, in their order.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._weights: list[PrunedWeight] = []
        self.variables: list[MaskedVariable] = []

    def become(self, kernels: Sequence[tuple[Any, PruningSchedule]]) -> None:
        """Holds other weights from now on; those that it has held keep their masks.

        Args:
            kernels: Their `keras.Variable`s and their schedules, in the model's order.
        """
        held = {id(weight.kernel): weight for weight in self._weights}
        self._weights = [
            held.get(id(kernel)) or PrunedWeight(kernel, schedule, self._backend.variable(kernel))
            for kernel, schedule in kernels
        ]
        self.variables = [weight.variable for weight in self._weights]

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
        return self._backend.values(self.variables)

    def share_masks(self) -> None:
        """Makes it cheap to set masks from here on, between steps and not in a graph."""
        for variable in self.variables:
            variable.share_mask()

    def set_masks(self, masks: Sequence[NewMask]) -> None:
        """Sets masks; the weights themselves change at the next `apply_masks`."""
        for weight, mask, threshold in masks:
            weight.set_mask(mask, threshold)

    def apply_masks(self) -> None:
        """Sets every dropped weight to zero, now."""
        for variable in self.variables:
            variable.apply_mask()

    def apply_masks_in_step(self) -> None:
        """Makes dropped weights 0 or -0.0 in a step that is traced."""
        for variable in self.variables:
            variable.apply_mask_in_step()
