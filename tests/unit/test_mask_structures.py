"""The rules by which masks are chosen, on arrays alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from prunelab import PrunelabError, UsageError
from prunelab.pruning import keep_count
from prunelab.pruning.masks.erk import erk_densities
from prunelab.pruning.masks.m_by_n_sparsity import m_by_n_mask, zeros_in_block
from prunelab.pruning.masks.mask_rules import MaskRules
from prunelab.pruning.masks.topk import Selector

QUARTER = np.float32(0.25)


def _weights(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    random = np.random.default_rng(3)
    # Each twice as large as the one before it.
    return [
        (random.normal(size=shape) * 2.0**place).astype(np.float32)
        for place, shape in enumerate(shapes)
    ]


def _masks(weights: list[np.ndarray], density: Any = QUARTER, **rules: Any) -> list[np.ndarray]:
    chosen = MaskRules(**rules).masks(
        weights, [np.float32(density)] * len(weights), range(len(weights)), Selector()
    )
    return [mask for mask, _ in chosen]


def test_without_rules_each_weight_reaches_the_density_by_itself() -> None:
    weights = _weights((8, 8), (3, 3, 4, 4))
    assert MaskRules().plain
    for mask, values in zip(_masks(weights), weights, strict=True):
        keep = keep_count(values.size, QUARTER)
        assert np.array_equal(mask, np.abs(values) >= np.sort(np.abs(values), None)[-keep])


def test_globally_the_largest_of_all_weights_are_kept_by_one_threshold() -> None:
    weights = _weights((8, 8), (3, 3, 4, 4))
    chosen = MaskRules(scope="global").masks(weights, [QUARTER] * 2, range(2), Selector())
    together = np.abs(np.concatenate([values.reshape(-1) for values in weights]))
    threshold = np.sort(together)[-keep_count(together.size, QUARTER)]
    assert [told for _, told in chosen] == [threshold, threshold]
    for (mask, _), values in zip(chosen, weights, strict=True):
        assert np.array_equal(mask, np.abs(values) >= threshold)


def test_globally_a_layer_that_would_be_empty_keeps_its_largest_weight() -> None:
    small, large = np.array([[0.1, -0.3], [0.2, 0.3]], np.float32), np.full((4, 4), 9, np.float32)
    masks = _masks([small, large], 0.1, scope="global")
    assert masks[0].tolist() == [[False, True], [False, False]]
    # Those that tie with the threshold are all kept.
    assert masks[1].all()


def test_erk_densities_come_to_the_density_and_follow_the_shapes() -> None:
    shapes = [(784, 300), (300, 100), (100, 10)]
    sizes = np.array([np.prod(shape) for shape in shapes])
    densities = erk_densities(shapes, 0.1)
    assert (densities * sizes).sum() == pytest.approx(0.1 * sizes.sum(), rel=1e-6)
    assert densities[2] > densities[1] > densities[0]
    raw = [sum(shape) / np.prod(shape) for shape in shapes[:2]]
    assert densities[0] / densities[1] == pytest.approx(raw[0] / raw[1], rel=1e-5)


def test_erk_leaves_small_layers_dense_and_makes_up_for_it_in_the_others() -> None:
    shapes = [(784, 300), (300, 100), (100, 10)]
    sizes = np.array([np.prod(shape) for shape in shapes])
    densities = erk_densities(shapes, 0.5)
    assert densities[2] == 1
    assert (densities * sizes).sum() == pytest.approx(0.5 * sizes.sum(), rel=1e-6)
    assert (erk_densities(shapes, 1.0) == 1).all()


def test_erk_masks_have_the_density_in_total() -> None:
    weights = _weights((64, 32), (3, 3, 8, 16), (32, 10))
    kept = [int(mask.sum()) for mask in _masks(weights, distribution="erk")]
    assert sum(kept) == pytest.approx(0.25 * sum(values.size for values in weights), abs=1.5)
    assert kept[2] / weights[2].size > kept[0] / weights[0].size


@pytest.mark.parametrize("rules", [{}, {"distribution": "erk"}, {"block_size": (2, 3)}])
def test_at_random_as_many_are_kept_as_by_magnitude(rules: dict[str, Any]) -> None:
    weights = _weights((12, 9), (24, 6))
    chance = _masks(weights, criterion="random", **rules)
    magnitude = _masks(weights, **rules)
    assert [mask.sum() for mask in chance] == [mask.sum() for mask in magnitude]
    assert not np.array_equal(chance[0], magnitude[0])


@pytest.mark.parametrize("rules", [{}, {"scope": "global"}, {"sparsity_m_by_n": (3, 4)}])
def test_at_random_what_is_dropped_stays_dropped_and_magnitudes_do_not_matter(
    rules: dict[str, Any],
) -> None:
    weights = _weights((16, 9), (9, 16))
    before = [np.ones(values.shape, np.bool_) for values in weights]
    for density in (0.9, 0.6, 0.25, 0.1):
        masks = _masks(weights, density, criterion="random", seed=5, **rules)
        weights = [np.flip(values) * 2 for values in weights]
        assert all((mask <= old).all() for mask, old in zip(masks, before, strict=True))
        before = masks
    assert not before[0].all()


def test_another_seed_or_place_is_another_choice() -> None:
    weights = [np.ones((20, 20), np.float32)] * 2
    first, second = _masks(weights, criterion="random", seed=1)
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, _masks(weights, criterion="random", seed=2)[0])
    assert np.array_equal(first, _masks(weights, criterion="random", seed=1)[0])


@pytest.mark.parametrize(("kind", "kept"), [("AVG", [0, 0, 1, 1]), ("MAX", [1, 1, 0, 0])])
def test_blocks_are_kept_by_their_mean_or_their_largest(kind: str, kept: list[int]) -> None:
    values = np.array([[8, 0, 5, -5], [0, 0, 5, 5]], np.float32)
    mask = _masks([values], 0.5, block_size=(2, 2), block_pooling_type=kind)[0]
    assert mask.astype(int).tolist() == [kept, kept]


def test_the_last_blocks_of_a_matrix_may_be_smaller() -> None:
    values = np.arange(1, 16, dtype=np.float32).reshape(3, 5)
    mask = _masks([values], 0.5, block_size=(2, 2))[0]
    assert mask.shape == (3, 5)
    assert mask.tolist() == [[False] * 5, [False] * 5, [True] * 5]


def test_m_by_n_drops_the_smallest_along_the_input_channels() -> None:
    dense = np.array([[1, 8], [-4, 7], [3, 6], [2, 5], [9, 1]], np.float32)
    kept = [[0, 1], [1, 1], [1, 0], [0, 0], [1, 1]]
    assert m_by_n_mask(dense, 2, 4).astype(int).tolist() == kept
    conv = np.moveaxis(dense.reshape(5, 2, 1, 1), (0, 1), (2, 3))
    assert m_by_n_mask(conv, 2, 4)[0, 0].astype(int).tolist() == kept


def test_m_by_n_keeps_the_first_of_equals_so_that_every_block_has_its_zeros() -> None:
    mask = m_by_n_mask(np.ones((8, 3), np.float32), 3, 4)
    assert np.flatnonzero(mask[:, 0]).tolist() == [0, 4]


def test_the_zeros_of_m_by_n_rise_with_the_schedule_up_to_m() -> None:
    sparsities = np.float32([0, 0.1, 0.25, 0.4, 0.5, 0.9])
    zeros = [zeros_in_block(np.float32(1) - sparsity, 2, 4) for sparsity in sparsities]
    assert zeros == [0, 0, 1, 2, 2, 2]


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"scope": "global"},
        {"distribution": "erk"},
        {"criterion": "random"},
        {"block_size": (2, 2)},
        {"block_size": (2, 2), "block_pooling_type": "MAX"},
        {"sparsity_m_by_n": (2, 4)},
    ],
)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_weight_that_is_no_number_is_an_error_under_every_rule(
    rules: dict[str, Any], value: float
) -> None:
    weights = _weights((8, 8), (8, 4))
    weights[1][3, 2] = value
    with pytest.raises(PrunelabError, match=r"NaN or infinite.*lower learning rate"):
        _masks(weights, **rules)


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ({"scope": "model"}, 'scope=\'model\' is unknown: use "layer" or "global"'),
        ({"scope": None}, "scope=None is unknown"),
        ({"distribution": "ERK"}, 'distribution=\'ERK\' is unknown: use "uniform" or "erk"'),
        ({"criterion": ["random"]}, "criterion=.* is unknown"),
        ({"block_pooling_type": "avg"}, "block_pooling_type='avg' is unknown"),
        ({"seed": -1}, "seed=-1 must be a whole number from 0 to 4294967295"),
        ({"seed": 0.5}, "seed=0.5 must be a whole number"),
        ({"seed": True}, "seed=True must be a whole number"),
        ({"block_size": 4}, "block_size=4 is not two whole numbers"),
        ({"block_size": (1, 2, 3)}, "block_size=.* is not two whole numbers"),
        ({"block_size": (1, 4.0)}, "block_size=.* is not two whole numbers"),
        ({"block_size": (0, 4)}, "block_size=.* must be at least 1 each"),
        ({"sparsity_m_by_n": (4, 4)}, "1 <= m < n: use"),
        ({"sparsity_m_by_n": (0, 4)}, "1 <= m < n: use"),
        ({"sparsity_m_by_n": "2:4"}, "sparsity_m_by_n='2:4' is not two whole numbers"),
        ({"block_size": (1, 4), "sparsity_m_by_n": (2, 4)}, "two structures for one mask"),
        ({"scope": "global", "distribution": "erk"}, "no layer a share of its own"),
        ({"scope": "global", "block_size": (1, 4)}, "ranks single weights, not blocks"),
        ({"scope": "global", "sparsity_m_by_n": (2, 4)}, "ranks single weights, not blocks"),
        ({"distribution": "erk", "sparsity_m_by_n": (2, 4)}, "fixes how much each layer keeps"),
    ],
)
def test_a_wrong_value_or_combination_is_refused_in_one_line(
    rules: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told) as raised:
        MaskRules(**rules)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "rules", [{"scope": "global"}, {"distribution": "erk"}], ids=["global", "erk"]
)
def test_rules_over_all_layers_need_one_schedule(rules: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="give one schedule, not a mapping"):
        MaskRules.of(True, **rules)
    assert not MaskRules.of(False, **rules).plain


@pytest.mark.parametrize(
    ("rules", "shape"),
    [
        ({}, (0, 4)),
        ({"block_size": (2, 2)}, (3, 3, 4, 4)),
        ({"sparsity_m_by_n": (2, 4)}, (3, 4, 4)),
    ],
)
def test_a_weight_that_a_rule_does_not_fit_is_named(
    rules: dict[str, Any], shape: tuple[int, ...]
) -> None:
    with pytest.raises(UsageError, match=r"'net/conv/kernel'.* layers="):
        MaskRules(**rules).check("net/conv/kernel", shape)
