"""`tf.distribute.MirroredStrategy` on two virtual CPUs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def told() -> Any:
    done = subprocess.run(
        [sys.executable, str(HERE / "mirrored.py")], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_masks_equal_those_of_one_device(told: Any) -> None:
    one, two = told["one"], told["two"]
    assert one["step"] == two["step"] == 12
    assert one["masks"] == two["masks"]
    for ours, theirs in zip(two["kernels"], one["kernels"], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_masked_weights_are_zero_and_all_replicas_alike(told: Any) -> None:
    assert told["two"]["zero"]
    assert told["two"]["alike"]


@pytest.mark.parametrize(("inside", "outside"), [("inside", "two"), ("alone", "one")])
def test_fit_in_the_strategy_s_scope_is_the_same(told: Any, inside: str, outside: str) -> None:
    assert told[inside]["masks"] == told[outside]["masks"]
    assert told[inside]["zero"]
    for ours, theirs in zip(told[inside]["kernels"], told[outside]["kernels"], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_nothing_is_left_of_a_batch_that_never_came(told: Any) -> None:
    """Data of unknown length: see `test_kinds.py`."""
    known, unknown = told["two"], told["unknown"]
    assert unknown["step"] == 12
    assert unknown["masks"] == known["masks"]
    assert unknown["zero"]
    # Without pruning, too, the replicas' weights then differ by up to 1.2e-4: TensorFlow divides
    # the gradients otherwise where it does not know the size of a batch.
    for ours, theirs in zip(unknown["kernels"], known["kernels"], strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2.5e-4)


def test_a_loop_of_one_s_own_computes_every_batch_with_masked_weights(told: Any) -> None:
    assert told["looped"]["seen"] == [[0.5, 0.5], [0.5]] * 4


def test_several_steps_per_execution_are_refused_on_several_replicas(told: Any) -> None:
    assert told["refused"].startswith("steps_per_execution=2 on 2 replicas leaves no place")


def test_every_step_is_recorded_as_on_one_device(told: Any) -> None:
    one, two = told["recorded"]["one"], told["recorded"]["two"]
    assert two["step"] == list(range(1, 13))
    assert two["accuracy"] == one["accuracy"]
    assert two["sparsity"] == one["sparsity"]
    np.testing.assert_allclose(two["loss"], one["loss"], rtol=1e-6)


def test_in_the_strategy_s_scope_the_same_is_recorded(told: Any) -> None:
    assert told["recorded"]["inside"] == told["recorded"]["two"]


def test_replicas_with_unequal_parts_of_a_batch_count_by_their_samples(told: Any) -> None:
    """The last batch of 3 samples is 2 and 1, and what Keras tells of an epoch is their mean."""
    uneven = told["recorded"]["uneven"]
    samples = np.tile([8, 8, 8, 3], 3)
    for name in ("loss", "accuracy"):
        sums = (np.array(uneven[name]) * samples).reshape(3, 4).sum(1)
        np.testing.assert_allclose(sums / 27, uneven["epochs"][name], rtol=1e-5)
