"""Answers to the last bit of float32, noted from the reference's compiled graph.

`tests/parity` compares every step with the reference while it runs. These are some of its answers
at which another order of products, a division in the place of the reciprocal, `pow` in the place
of products, or 1 - sparsity gives another float32. Each is the shortest decimal of its float32.

Source: `PolynomialDecay` of tensorflow_model_optimization 0.8.1 on tf_keras 2.21 and TensorFlow
2.21 (CPU), `schedule(step)[1]` and `1 - schedule(step)[1]`, each in a `tf.function` of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from prunelab import ConstantSparsity, PolynomialDecay

CUBIC = PolynomialDecay(0.0, 0.8, 0, 1000)
CUBIC_FROM_A_TENTH = PolynomialDecay(0.1, 0.875, 1152, 5760)
SQUARE = PolynomialDecay(0.1, 0.9, 100, 800, power=2)
LINE = PolynomialDecay(0.1, 0.9, 100, 800, power=1)
ROOT = PolynomialDecay(0.1, 0.9, 100, 800, power=1 / 3)

# Schedule, step, sparsity, density.
ANSWERS = [
    (CUBIC, 1, 0.0023975968, 0.9976024),
    (CUBIC, 137, 0.28581148, 0.7141885),
    (CUBIC, 295, 0.5196779, 0.4803221),
    (CUBIC, 361, 0.5912664, 0.40873364),
    (CUBIC, 412, 0.6373621, 0.3626379),
    (CUBIC, 967, 0.7999713, 0.20002873),
    (CUBIC_FROM_A_TENTH, 1164, 0.10603905, 0.89396095),
    (CUBIC_FROM_A_TENTH, 1170, 0.10904658, 0.8909534),
    (CUBIC_FROM_A_TENTH, 2166, 0.50729585, 0.49270418),
    (CUBIC_FROM_A_TENTH, 2484, 0.59651875, 0.40348127),
    (CUBIC_FROM_A_TENTH, 3258, 0.7509416, 0.24905841),
    (CUBIC_FROM_A_TENTH, 5751, 0.875, 0.125),
    (SQUARE, 105, 0.11138767, 0.88861233),
    (SQUARE, 319, 0.5222677, 0.47773227),
    (SQUARE, 383, 0.6160995, 0.3839005),
    (SQUARE, 799, 0.89999837, 0.100001656),
    (LINE, 121, 0.12399995, 0.87600005),
    (LINE, 460, 0.5114285, 0.4885715),
    (LINE, 469, 0.5217142, 0.47828576),
    (LINE, 733, 0.8234286, 0.17657144),
    (ROOT, 107, 0.10267556, 0.89732444),
    (ROOT, 183, 0.13295817, 0.8670418),
    (ROOT, 768, 0.6139507, 0.38604924),
    (ROOT, 796, 0.7569753, 0.24302469),
]


@pytest.mark.parametrize(
    ("schedule", "step", "sparsity", "density"),
    ANSWERS,
    ids=[f"power {schedule.power:.2g}, step {step}" for schedule, step, _, _ in ANSWERS],
)
def test_a_decay_answers_as_the_reference_to_the_bit(
    schedule: PolynomialDecay, step: int, sparsity: float, density: float
) -> None:
    assert schedule(step)[1] == np.float32(sparsity)
    assert schedule.density(step) == np.float32(density)
    steps = np.array([step, schedule.begin_step, step])
    assert schedule.on(steps)[1].tolist() == [
        float(np.float32(sparsity)),
        schedule.on(schedule.begin_step)[1],
        float(np.float32(sparsity)),
    ]


def test_a_subclass_of_either_that_answers_otherwise_is_asked_at_every_step() -> None:
    class OddConstant(ConstantSparsity):
        def __call__(self, step: Any) -> tuple[Any, Any]:
            return step % 2 == 1, 0.5

    class OddDecay(PolynomialDecay):
        def __call__(self, step: Any) -> tuple[Any, Any]:
            return step % 2 == 1, 0.5

    for schedule in (OddConstant(0.25, 0), OddDecay(0.0, 0.25, 0, 9)):
        assert schedule.update_steps(6).tolist() == [1, 3, 5]
        assert schedule.density([1, 2]).tolist() == [0.5, 0.5]
