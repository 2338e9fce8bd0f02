"""Which weights masks keep, by figures worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from prunelab.pruning.masks.erk import erk_densities
from prunelab.pruning.masks.m_by_n_sparsity import m_by_n_mask
from prunelab.pruning.masks.mask_rules import MaskRules
from prunelab.pruning.masks.topk import Selector
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
        MaskRules(**rules).check("net/conv/kernel", shape)


@pytest.mark.parametrize(
    "rules",
    [
        {"scope": "global"},
        {"distribution": "erk"},
        {"criterion": "random"},
        {"block_size": (1, 4)},
        {"sparsity_m_by_n": (2, 4)},
    ],
)
def test_rules_are_plain_only_where_each_weight_counts_by_itself(rules: dict[str, Any]) -> None:
    assert not MaskRules(**rules).plain
    assert MaskRules(block_pooling_type="MAX", seed=3).plain


def test_a_schedule_for_each_layer_goes_with_rules_of_single_layers() -> None:
    assert MaskRules.of(True).plain
    rules = MaskRules.of(True, criterion="random", seed=3.0)
    assert (rules.criterion, rules.seed) == ("random", 3)
    weights = [np.ones((9, 9), np.float32)]
    chosen = [
        one.masks(weights, [np.float32(0.5)], [0], Selector())[0]
        for one in (rules, MaskRules(criterion="random", seed=3))
    ]
    assert [(mask.sum(), threshold) for mask, threshold in chosen] == [(40, 0), (40, 0)]
    assert np.array_equal(chosen[0][0], chosen[1][0])


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_m_by_n_ranks_kernels_of_every_precision_and_layout(kind: type) -> None:
    dense = np.array([[1, 8], [-4, 7], [3, 6], [2, 5]], kind)
    for values in (dense, np.asfortranarray(dense), np.flip(np.flip(dense))):
        mask = m_by_n_mask(values, 2, 4)
        assert mask.astype(int).tolist() == [[0, 1], [1, 1], [1, 0], [0, 0]]


@pytest.mark.parametrize("size", [7, 60_000])
@pytest.mark.parametrize("scope", ["layer", "global"])
def test_a_threshold_is_a_plain_number(scope: str, size: int) -> None:
    weights = np.arange(1, size + 1, dtype=np.float32)
    ((_, threshold),) = MaskRules(scope=scope).masks([weights], [np.float32(0.01)], [0], Selector())
    assert type(threshold) is float
    assert threshold == size + 1 - max(round(size * 0.01), 1)


def _threshold(search: LargeTopK, weights: np.ndarray, keep: int) -> float:
    return float(search.threshold(weights.view(np.int32), keep).view(np.float32))


def _sampled(value: float) -> tuple[LargeTopK, np.ndarray, np.ndarray]:
    """A search, normal weights that are one value wherever it samples them, and the others."""
    search = LargeTopK(300_000)
    weights = np.random.default_rng(1).standard_normal(300_000).astype(np.float32)
    weights[search.sample_indices] = value
    return search, weights, np.setdiff1d(np.arange(300_000), search.sample_indices)


@pytest.mark.parametrize("more", [0, 1])
def test_where_a_sample_misleads_zeros_are_kept_only_if_so_many_are_wanted(more: int) -> None:
    search, weights, others = _sampled(1e-3)
    weights[others[::3]] = 0
    # The smallest number that there is.
    weights[others[1]] = 1e-45
    found = np.count_nonzero(weights)
    assert _threshold(search, weights, found + more) == (0 if more else np.float32(1e-45))


@pytest.mark.parametrize("keep", [1, 150_000])
def test_a_sample_of_zeros_does_not_keep_all_weights(keep: int) -> None:
    search, weights, _ = _sampled(0)
    assert _threshold(search, weights, keep) == np.sort(np.abs(weights))[-keep]


def test_as_many_as_are_above_the_sample_are_kept_without_it() -> None:
    search, weights, others = _sampled(1)
    weights[others] = 0.5
    weights[others[:150_000]] = 2
    assert _threshold(search, weights, 150_000) == 2
    assert _threshold(search, weights, 150_001) == 1
