"""Where prunelab differs from tfmot 0.8.1 on purpose, each measured on both sides."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import cases
import numpy as np
import pytest

from prunelab import PruningSchedule
from prunelab.pruning import keep_count, select

Facts = dict[str, Any]


@pytest.fixture
def theirs(results: Path) -> Facts:
    """What the reference does."""
    return json.loads((results / "facts-reference.json").read_text())


@pytest.fixture
def ours(results: Path) -> Facts:
    """What prunelab does."""
    return json.loads((results / "facts-ours.json").read_text())


def test_a_decay_of_no_length_is_an_error_and_not_nan(theirs: Facts, ours: Facts) -> None:
    assert math.isnan(theirs["no length"])
    assert ours["no length"] == "UsageError"


def test_whole_floats_are_steps(theirs: Facts, ours: Facts) -> None:
    assert theirs["whole floats"] == "TypeError"
    assert ours["whole floats"] == ""


@pytest.mark.parametrize("layer", ["DepthwiseConv2D", "BatchNormalization", "LayerNormalization"])
def test_a_model_with_nothing_to_prune_is_an_error(layer: str, theirs: Facts, ours: Facts) -> None:
    assert theirs["nothing to prune"][layer] == 0
    assert ours["nothing to prune"][layer] == "NothingToPrune"


@pytest.mark.parametrize(
    ("layer", "kernels"),
    [
        ("Bidirectional", 4),
        ("TimeDistributed", 1),
        ("EinsumDense", 1),
        ("subclass of Dense", 1),
        ("ConvLSTM2D", 2),
    ],
)
def test_what_the_reference_refuses_is_pruned(
    layer: str, kernels: int, theirs: Facts, ours: Facts
) -> None:
    assert theirs["refused"][layer] == "ValueError"
    assert ours["pruned"][layer] == kernels


def test_nan_weights_are_an_error_and_not_ranked(theirs: Facts, ours: Facts) -> None:
    assert theirs["nan"] == ""
    assert ours["nan"] == "PrunelabError"


@pytest.mark.parametrize("number", range(len(cases.STOCK)), ids=cases.OPTIMIZERS)
def test_attention_as_keras_makes_it_gets_the_same_masks_from_the_same_weights(
    number: int, results: Path
) -> None:
    """The two Keras train it apart, so prunelab chooses from the weights that the reference had."""
    case, reference = cases.STOCK[number], np.load(results / f"stock-{number}.npz")
    schedule = PruningSchedule.from_config({"class_name": case.schedule, "config": case.values})
    ends = np.cumsum(reference["sizes"])[:-1]
    kernels = np.flatnonzero(reference["pruned"])
    updates = 0
    for step in range(2, case.steps + 1):
        if not schedule.on([step])[0][0]:
            continue
        updates += 1
        before = np.split(reference["weights"][step - 2], ends)
        weights = [before[kernel] for kernel in kernels]
        bounds = np.cumsum([one.size for one in weights])[:-1]
        if step % cases.BATCHES == 1:
            # The end of an epoch has masked them.
            masks = np.split(reference["masks"][step - 2], bounds)
            weights = [one * mask for one, mask in zip(weights, masks, strict=True)]
        density = schedule.density([step])[0]
        chosen = [select(one, keep_count(one.size, density)) for one in weights]
        assert np.array_equal(
            cases.flat([mask for mask, _ in chosen]), reference["masks"][step - 1]
        )
        assert [np.float32(at) for _, at in chosen] == reference["thresholds"][step - 1].tolist()
    assert updates == 25
