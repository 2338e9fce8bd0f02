"""`MaskRules`: by which rule a callback chooses its masks, and these masks. NumPy only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.errors import UsageError
from prunelab.pruning.masks.block_sparsity import expand, pool
from prunelab.pruning.masks.erk import erk_densities
from prunelab.pruning.masks.global_threshold import global_masks
from prunelab.pruning.masks.m_by_n_sparsity import m_by_n_mask, zeros_in_block
from prunelab.pruning.masks.magnitude_bits import ranked_bits
from prunelab.pruning.masks.mask import Mask
from prunelab.pruning.masks.random_scores import random_scores
from prunelab.pruning.masks.topk import Selector, keep_count
from prunelab.schedules.values.validation import seed_of

__all__ = ["MaskRules"]

Values = npt.NDArray[Any]

_VALUES = {
    "scope": ("layer", "global"),
    "distribution": ("uniform", "erk"),
    "criterion": ("magnitude", "random"),
    "block_pooling_type": ("AVG", "MAX"),
}


@dataclass(frozen=True)
class MaskRules:
    """By which rule masks are chosen; `PruneLowMagnitude` says what each parameter means.

    The default (`plain`) has a direct path in `MaskUpdater`, which does not come by here.

    Raises:
        UsageError: for a value outside its range, and for two that exclude each other.
    """

    scope: str = "layer"
    distribution: str = "uniform"
    criterion: str = "magnitude"
    seed: int = 0
    block_size: tuple[int, int] = (1, 1)
    block_pooling_type: str = "AVG"
    sparsity_m_by_n: tuple[int, int] | None = None

    @classmethod
    def of(cls, mapped: bool, **values: Any) -> MaskRules:
        """Makes rules for one schedule, or (`mapped`) for a schedule for each layer.

        Raises:
            UsageError: as for the class, and for rules that need one schedule where there are more.
        """
        rules = cls(**values)
        for name, one in (("scope", "global"), ("distribution", "erk")):
            if mapped and getattr(rules, name) == one:
                raise UsageError(
                    f'{name}="{one}" shares one sparsity out over all layers: '
                    "give one schedule, not a mapping"
                )
        return rules

    def __post_init__(self) -> None:
        for name, values in _VALUES.items():
            value = getattr(self, name)
            if not isinstance(value, str) or value not in values:
                known = " or ".join(f'"{one}"' for one in values)
                raise UsageError(f"{name}={value!r} is unknown: use {known}")
        object.__setattr__(self, "seed", seed_of(self.seed))
        block = _two(self.block_size, "block_size", "(1, 4)")
        if min(block) < 1:
            raise UsageError(f"block_size={self.block_size!r} must be at least 1 each: use (1, 4)")
        object.__setattr__(self, "block_size", block)
        if self.sparsity_m_by_n is not None:
            m, n = _two(self.sparsity_m_by_n, "sparsity_m_by_n", "(2, 4)")
            if not 1 <= m < n:
                raise UsageError(
                    f"sparsity_m_by_n={self.sparsity_m_by_n!r} must be m zeros of n with "
                    "1 <= m < n: use (2, 4)"
                )
            object.__setattr__(self, "sparsity_m_by_n", (m, n))
        self._check_together()

    @property
    def plain(self) -> bool:
        """Whether each weight is ranked by magnitude, by itself and without structure."""
        return (
            (self.scope, self.distribution, self.criterion) == ("layer", "uniform", "magnitude")
            and self.block_size == (1, 1)
            and self.sparsity_m_by_n is None
        )

    def check(self, path: str, shape: Sequence[int]) -> None:
        """Checks that a weight can be pruned by these rules.

        Raises:
            UsageError: for a weight of a rank that a structure does not fit, or of no size.
        """
        if 0 in shape:
            raise UsageError(
                f"weight {path!r} of shape {tuple(shape)} holds nothing to prune: "
                "give its layer an input and units of at least 1, or leave it out with layers="
            )
        if self.block_size != (1, 1) and len(shape) != 2:
            raise UsageError(
                f"block_size={self.block_size} needs weights of 2 dimensions, and {path!r} has "
                f"shape {tuple(shape)}: leave it out with layers="
            )
        if self.sparsity_m_by_n is not None and len(shape) not in (2, 4):
            raise UsageError(
                f"sparsity_m_by_n={self.sparsity_m_by_n} needs weights of 2 or 4 dimensions, and "
                f"{path!r} has shape {tuple(shape)}: leave it out with layers="
            )

    def masks(
        self,
        weights: Sequence[Values],
        densities: Sequence[np.float32],
        numbers: Iterable[int],
        selector: Selector,
    ) -> list[tuple[Mask, float]]:
        """Chooses masks for some weights of a model.

        Args:
            weights: Arrays of floats, as they are.
            densities: Share of each to keep; the same for all with a global scope or ERK.
            numbers: The number of each weight in its model, for a random choice.
            selector: What selects.

        Returns:
            A mask (bool, of the weight's shape; True is kept) and a threshold for each. The
            threshold is 0 where none means anything: at random, and by m:n.

        Raises:
            PrunelabError: where a weight is NaN or infinite.
        """
        if self.criterion == "random":
            for values in weights:
                ranked_bits(values)
        ranked = [
            self._ranked(values, number) for values, number in zip(weights, numbers, strict=True)
        ]
        if self.scope == "global":
            masks, threshold = global_masks(ranked, densities[0], selector)
            return [(mask, self._meaningful(threshold)) for mask in masks]
        if self.distribution == "erk":
            densities = list(erk_densities([one.shape for one in weights], float(densities[0])))
        return [
            self._mask_of(one, density, selector, weight.shape)
            for one, density, weight in zip(ranked, densities, weights, strict=True)
        ]

    def _ranked(self, values: Values, number: int) -> Values:
        """What is ranked: the weights, their blocks, or random scores in the place of either."""
        blocks = self.block_size != (1, 1)
        if self.criterion == "random":
            shape = values.shape
            if blocks:
                shape = tuple(
                    -(-side // by) for side, by in zip(shape, self.block_size, strict=True)
                )
            return random_scores(shape, self.seed, number)
        return pool(values, self.block_size, self.block_pooling_type) if blocks else values

    def _mask_of(
        self, ranked: Values, density: np.float32, selector: Selector, shape: tuple[int, ...]
    ) -> tuple[Mask, float]:
        if self.sparsity_m_by_n is not None:
            m, n = self.sparsity_m_by_n
            return m_by_n_mask(ranked, zeros_in_block(density, m, n), n), 0.0
        mask, threshold = selector.select(ranked, keep_count(ranked.size, density))
        if self.block_size != (1, 1):
            mask = expand(mask, self.block_size, shape)
        return mask, self._meaningful(threshold)

    def _meaningful(self, threshold: float) -> float:
        """The threshold; 0 where it is one of random scores."""
        return 0.0 if self.criterion == "random" else threshold

    def _check_together(self) -> None:
        blocks, by_n = self.block_size != (1, 1), self.sparsity_m_by_n is not None
        if blocks and by_n:
            raise UsageError(
                f"block_size={self.block_size} and sparsity_m_by_n={self.sparsity_m_by_n} are two "
                "structures for one mask: give one of them"
            )
        if self.scope == "global" and self.distribution == "erk":
            raise UsageError(
                'scope="global" leaves no layer a share of its own for distribution="erk": '
                "give one of them"
            )
        if self.scope == "global" and (blocks or by_n):
            raise UsageError(
                'scope="global" ranks single weights, not blocks: '
                'use scope="layer" with block_size or sparsity_m_by_n'
            )
        if self.distribution == "erk" and by_n:
            raise UsageError(
                f"sparsity_m_by_n={self.sparsity_m_by_n} fixes how much each layer keeps: "
                'use distribution="uniform" with it'
            )


def _whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _two(value: Any, name: str, such: str) -> tuple[int, int]:
    if isinstance(value, tuple | list) and len(value) == 2 and all(map(_whole, value)):
        return int(value[0]), int(value[1])
    raise UsageError(f"{name}={value!r} is not two whole numbers: use {such}, say")
