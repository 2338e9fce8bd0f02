"""Masks of blocks and of m:n are tfmot's to the bit."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
import structures

from prunelab.pruning.masks.mask_rules import MaskRules
from prunelab.pruning.masks.topk import Selector

Arrays = dict[str, np.ndarray]


@pytest.fixture
def reference(results: Path) -> Arrays:
    return dict(np.load(results / "structures.npz"))


@pytest.mark.parametrize("pool", structures.POOLS)
def test_masks_and_thresholds_of_blocks_are_equal(reference: Arrays, pool: str) -> None:
    compared = 0
    for name in [name for name in reference if name.startswith("block") and f" {pool} " in name]:
        sides, sparsity = name.removeprefix("block ").split(f" {pool} ")
        shape, block = ast.literal_eval(sides.replace(") (", "), ("))
        rules = MaskRules(block_size=block, block_pooling_type=pool)
        density = np.float32(1) - np.float32(sparsity)
        (mask, threshold), *_ = rules.masks([structures.weights(shape)], [density], [0], Selector())
        assert np.array_equal(mask, reference[name] != 0), name
        assert np.float32(threshold) == reference[f"threshold of {name}"], name
        compared += 1
    assert compared >= 60


def test_final_masks_of_m_by_n_are_equal(reference: Arrays) -> None:
    names = [name for name in reference if name.startswith("m:n")]
    for name in names:
        shape, m_by_n = ast.literal_eval(name.removeprefix("m:n ").replace(") (", "), ("))
        rules = MaskRules(sparsity_m_by_n=m_by_n)
        (mask, _), *_ = rules.masks(
            [structures.weights(shape)], [np.float32(0.001)], [0], Selector()
        )
        assert np.array_equal(mask, reference[name] != 0), name
    assert len(names) == 16
