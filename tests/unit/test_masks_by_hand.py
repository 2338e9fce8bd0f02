"""Which weights masks keep, by figures worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from prunelab.pruning.masks.erk import erk_densities
from prunelab.pruning.masks.pruning_config import PruningConfig
from prunelab.pruning.masks.topk_large import LargeTopK

# 4, 16 and 1,600 weights, of which ERK keeps shares in the proportion 1 : 0.5 : 0.05.
THREE = [(2, 2), (4, 4), (40, 40)]


@pytest.mark.parametrize(
    ("kept", "shares"),
    [
        # 46 / (4 * 1 + 16 * 0.5 + 1600 * 0.05) is a half.
        (46, [0.5, 0.25, 0.025]),
        # Twice that, and the smallest layer is whole by itself.
        (92, [1.0, 0.5, 0.05]),
        # The smallest layer gets more than it has; (136 - 4) / (8 + 80) is 1.5.
        (136, [1.0, 0.75, 0.075]),
        # The second one is above its whole only once the first is whole: (182 - 20) / 1600.
        (182, [1.0, 1.0, 0.10125]),
        # Both are above theirs at once: (324 - 20) / 1600.
        (324, [1.0, 1.0, 0.19]),
        (1620, [1.0, 1.0, 1.0]),
    ],
)
def test_erk_leaves_a_layer_whole_and_shares_out_the_rest(kept: int, shares: list[float]) -> None:
    densities = erk_densities(THREE, kept / 1620)
    assert densities.dtype == np.float32
    assert densities.tolist() == pytest.approx(shares, rel=1e-6)
    assert (densities <= 1).all()
    # The order of the layers does not matter.
    assert erk_densities(THREE[::-1], kept / 1620)[::-1].tolist() == densities.tolist()


@pytest.mark.parametrize(
    ("rules", "shapes"),
    [
        ({}, [(7,), (7, 5), (3, 5, 7), (3, 3, 5, 7), (3, 3, 3, 5, 7)]),
        ({"block_size": (2, 3)}, [(7, 5), (1, 1)]),
        ({"sparsity_m_by_n": (2, 4)}, [(7, 5), (3, 3, 5, 7)]),
    ],
)
def test_a_weight_that_a_rule_fits_is_taken(
    rules: dict[str, Any], shapes: list[tuple[int, ...]]
) -> None:
    for shape in shapes:
        PruningConfig(**rules).check("net/conv/kernel", shape)


@pytest.mark.parametrize("more", [0, 1])
def test_where_a_sample_misleads_zeros_are_kept_only_if_so_many_are_wanted(more: int) -> None:
    search = LargeTopK(300_000)
    weights = np.random.default_rng(1).standard_normal(300_000).astype(np.float32)
    weights[::3] = 0
    weights[search.places] = 1e-3
    found = np.count_nonzero(weights)
    threshold = search.threshold(weights.view(np.int32), found + more).view(np.float32)
    assert threshold == (0 if more else np.abs(weights[weights != 0]).min())
