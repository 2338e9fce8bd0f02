"""Which weights are pruned is said of any model of Keras, whatever computes it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def shown() -> Any:
    """What an interpreter without TensorFlow shows of a model (`choose_without_tensorflow.py`)."""
    script = Path(__file__).with_name("choose_without_tensorflow.py")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_nothing_loads_tensorflow(shown: Any) -> None:
    assert shown["loaded"] == []


def test_the_table_shows_what_is_pruned_by_default_and_why_the_rest_is_not(shown: Any) -> None:
    assert [row[:3] for row in shown["default"]] == [
        ["model/words/embeddings", "Embedding", True],
        ["model/mixer/matrix", "Mixer", False],
        ["model/head/dense/kernel", "Dense", True],
        ["model/head/dense/bias", "Dense", False],
        ["model/head/norm/gamma", "BatchNormalization", False],
    ]
    reasons = [row[3] for row in shown["default"]]
    assert reasons[0] == reasons[2] == ""
    assert reasons[1].startswith("prunelab does not know what Mixer does with it")
    assert reasons[3] == "bias"
    assert shown["prunable"] == ["model/words/embeddings", "model/head/dense/kernel"]
    assert shown["left dense"][0].startswith("8 of the model's 24 weights stay dense")


def test_a_mapping_gives_each_weight_its_schedule(shown: Any) -> None:
    assert dict(shown["assigned"]) == {
        "model/words/embeddings": "ConstantSparsity",
        "model/mixer/matrix": "ConstantSparsity",
        "model/head/dense/kernel": "PolynomialDecay",
    }
    schedules = {path: schedule.partition("(")[0] for path, schedule, _ in shown["mapped"]}
    assert schedules["model/mixer/matrix"] == "ConstantSparsity"
    assert schedules["model/head/dense/kernel"] == "PolynomialDecay"
    assert schedules["model/head/dense/bias"] == ""


def test_sparsity_is_counted_in_the_arrays(shown: Any) -> None:
    assert {path: sparsity for path, _, sparsity in shown["mapped"]} == {
        "model/words/embeddings": 0.0,
        "model/mixer/matrix": 0.0,
        "model/head/dense/kernel": 0.5,
        "model/head/dense/bias": 0.5,
        "model/head/norm/gamma": 0.0,
    }
    # Of the kernels: 2 of 8 + 4.
    assert shown["sparsity"] == pytest.approx(2 / 12)


def test_what_is_not_there_or_cannot_be_pruned_is_named(shown: Any) -> None:
    assert shown["unknown"].startswith("'model/tail' matches no layer or weight of model 'model'")
    assert "prunelab.pruning.table(model)" in shown["unknown"]
    assert shown["bias"].startswith("layer 'model/head/norm' (BatchNormalization) holds no kernel")
