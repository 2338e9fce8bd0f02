"""Pruning on a backend of NumPy arrays: all but what is TensorFlow's own runs without it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy_backend import Kernel, NumPyBackend

from prunelab import ConstantSparsity, PolynomialDecay, PrunelabError, PruningSchedule
from prunelab.pruning.checkpoint.pruning_state import put_back, state_of
from prunelab.pruning.checkpoint.resume_point import ResumePoint
from prunelab.pruning.checkpoint.state_file import PruningState
from prunelab.pruning.layers.assignment import Assignment
from prunelab.pruning.masks.mask_rules import MaskRules
from prunelab.pruning.pruned_weights import PrunedWeights
from prunelab.pruning.rollback import Rollback
from prunelab.pruning.session.mask_updater import MaskUpdater

HERE = Path(__file__).parent
RISING = PolynomialDecay(0.25, 0.75, begin_step=2, end_step=14, frequency=4)
# Of 128 and 64 weights.
SHAPES = [(8, 16), (16, 4)]


class Training:
    """A loop in which kernels change by small random gradients, and are pruned."""

    def __init__(self, schedule: PruningSchedule = RISING, **rules: Any) -> None:
        random = np.random.default_rng(5)
        self.kernels = [
            Kernel(f"model/dense_{number}/kernel", random.standard_normal(shape, np.float32))
            for number, shape in enumerate(SHAPES)
        ]
        self.step = 0
        self.sparsity: list[float] = []
        self.weights = PrunedWeights(NumPyBackend())
        self.weights.become([(kernel, schedule) for kernel in self.kernels])
        self._updater = MaskUpdater(Assignment(schedule), MaskRules(**rules), self.weights)

    def train(self, steps: int) -> Training:
        for _ in range(steps):
            self.begin_batch()
            self.train_step()
        return self

    def begin_batch(self) -> None:
        self.step += 1
        scheduled = self._updater.at(self.step)
        if scheduled.is_due:
            self.weights.set_masks(self._updater.choose(scheduled, self.weights.values()))

    def train_step(self) -> None:
        self.weights.apply_masks_in_step()
        self.sparsity.append(
            float(np.mean(np.concatenate([one.array.reshape(-1) == 0 for one in self.kernels])))
        )
        # Of this step alone, so that a resumed training has the same.
        random = np.random.default_rng(self.step)
        for kernel in self.kernels:
            kernel.array -= 0.1 * random.standard_normal(kernel.shape, np.float32)

    def arrays(self) -> list[list[float]]:
        return [kernel.array.tolist() for kernel in self.kernels]

    def masks(self) -> list[Any]:
        return [weight.mask() for weight in self.weights]


def test_sparsity_follows_the_schedule_and_holds_between_updates() -> None:
    # At steps 2, 6, 10 and 14: 1/4, then 3/4 - (1/2)(1 - p)^3 for p = 1/3, 2/3, 1; whole weights
    # are kept of 128 and of 64.
    kept = [96 + 48, 51 + 25, 34 + 17, 32 + 16]
    assert [round(0.75 - 0.5 * (1 - third / 3) ** 3, 4) for third in range(4)] == [
        0.25,
        0.6019,
        0.7315,
        0.75,
    ]
    expected = [0.0] + [1 - kept[min(step - 2, 12) // 4] / 192 for step in range(2, 21)]
    assert Training().train(20).sparsity == pytest.approx(expected)


@pytest.mark.parametrize("shared", [False, True])
def test_the_largest_weights_are_kept_and_the_threshold_is_the_smallest_of_them(
    shared: bool,
) -> None:
    training = Training(ConstantSparsity(0.75, begin_step=3, frequency=100)).train(2)
    if shared:
        training.weights.share_masks()
    before = [np.abs(kernel.numpy()) for kernel in training.kernels]
    training.begin_batch()
    for weight, magnitudes in zip(training.weights, before, strict=True):
        smallest = np.sort(magnitudes.reshape(-1))[-magnitudes.size // 4]
        assert weight.threshold == smallest
        assert np.array_equal(weight.mask(), magnitudes >= smallest)
        assert weight.sparsity == 0.75
    training.weights.apply_masks()
    for kernel, mask in zip(training.kernels, training.masks(), strict=True):
        assert not kernel.array[~mask].any()
        assert kernel.array[mask].all()


@pytest.mark.parametrize(
    "rules",
    [
        {"scope": "global"},
        {"distribution": "erk"},
        {"criterion": "random", "seed": 3},
        {"block_size": (2, 2)},
        {"sparsity_m_by_n": (3, 4)},
    ],
)
def test_every_rule_prunes_to_the_target(rules: dict[str, Any]) -> None:
    training = Training(ConstantSparsity(0.75, begin_step=1, frequency=1), **rules).train(3)
    assert training.weights.sparsity == pytest.approx(0.75, abs=0.01)
    assert training.sparsity[-1] == pytest.approx(0.75, abs=0.01)


def test_no_mask_changes_where_a_weight_is_no_number() -> None:
    training = Training().train(5)
    before = training.masks()
    training.kernels[1].array[3, 2] = np.nan
    with pytest.raises(PrunelabError, match="a weight is NaN"):
        training.begin_batch()
    assert all(map(np.array_equal, training.masks(), before))


def test_training_goes_on_from_a_file_s_state_as_if_it_had_not_stopped() -> None:
    straight, stopped, resumed = Training().train(16), Training().train(7), Training()
    state = PruningState.from_bytes(state_of(7, stopped.weights, masked=False).to_bytes())
    for kernel, left in zip(resumed.kernels, stopped.kernels, strict=True):
        # A saved model holds masked weights; what was dropped is in the state.
        kernel.assign(left.array)
    resumed.weights.apply_masks()
    put_back(state, resumed.weights)
    resumed.step = state.step
    assert [weight.threshold for weight in resumed.weights] == [
        weight.threshold for weight in stopped.weights
    ]
    resumed.train(9)
    assert resumed.arrays() == straight.arrays()
    assert all(map(np.array_equal, resumed.masks(), straight.masks()))


def test_a_model_is_known_again_as_it_was_left_until_its_dropped_weights_grow() -> None:
    training = Training().train(7)
    training.weights.apply_masks()
    point = ResumePoint(state_of(7, training.weights, masked=True), training.weights)
    loaded = Training()
    for kernel, left in zip(loaded.kernels, training.kernels, strict=True):
        kernel.assign(left.array)
    assert point.is_in(loaded.kernels)
    assert point.sparsity == pytest.approx(training.weights.sparsity)
    point.put_into(loaded.weights)
    assert all(map(np.array_equal, loaded.masks(), training.masks()))
    loaded.kernels[0].array += 1
    assert not point.is_in(loaded.kernels)


def test_a_batch_that_never_came_leaves_masks_and_weights_as_they_were() -> None:
    training = Training().train(5)
    masks, arrays, taken_back = training.masks(), training.arrays(), []
    rollback = Rollback(NumPyBackend.end_of_data, lambda: taken_back.append(True))
    rollback.keep(training.weights, training.weights.values())
    training.begin_batch()
    assert not all(map(np.array_equal, training.masks(), masks))

    with pytest.raises(StopIteration):
        rollback.call(next, iter(()))
    assert taken_back == [True]
    assert all(map(np.array_equal, training.masks(), masks))
    assert training.arrays() == arrays


def test_weights_that_stay_under_pruning_keep_their_masks() -> None:
    training = Training().train(7)
    before = training.masks()
    added = Kernel("model/late/kernel", np.ones((3, 2), np.float32))
    training.weights.become([(kernel, RISING) for kernel in (*training.kernels, added)])
    assert all(map(np.array_equal, training.masks()[:2], before))
    assert training.masks()[2].all()


def test_all_this_runs_where_neither_keras_nor_tensorflow_can_be_imported() -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "without_tensorflow"),
            *("-k", "not can_be_imported", __file__),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path[1:]])},
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
