"""Training under every kind of schedule: the network's zeros are what was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from kinds import Arrays, Look, Make, fit, kernels, sparsity

from prunelab import (
    ACDC,
    CosineSchedule,
    Cyclical,
    DenseSparseDense,
    ExponentialDensity,
    FormulaSchedule,
    GeometricIMP,
    IterativeSteps,
    MultiStep,
    OneCycle,
    PointsSchedule,
    PruneLowMagnitude,
    PruningSchedule,
)

STEPS = 12

RISING: dict[str, PruningSchedule] = {
    "cosine": CosineSchedule(0.1, 0.8, 2, 11, 1),
    "exponential": ExponentialDensity(0.1, 0.9, 2, 11, 3),
    "one-cycle": OneCycle(0.0, 0.8, 2, 11, frequency=1),
    "iterative": IterativeSteps(0.2, 0.8, 2, 11, 3),
    "multi-step": MultiStep(((3, 0.5), (8, 0.75)), frequency=2),
    "imp": GeometricIMP(2, 3, rounds=3, rate=0.4),
    "formula": FormulaSchedule("0.8*p^3", 1, 12, 1),
    "points": PointsSchedule(((0, 0.3), (0.4, 0.5), (1, 0.9)), 1, 11, 2),
}
FALLING: dict[str, PruningSchedule] = {
    "cyclical": Cyclical(0.2, 0.8, 1, 11, 2, 1),
    "cosine": CosineSchedule(0.9, 0.3, 2, 11, 1),
    "formula": FormulaSchedule("0.8*sin(pi*p)", 1, 12, 1),
    "points": PointsSchedule(((0, 0.8), (0.5, 0.2), (1, 0.7)), 1, 11, 2),
    "multi-step": MultiStep({2: 0.8, 6: 0.4, 10: 0.6}),
    "ac-dc": ACDC(0.7, 3, 11, 3),
    "dsd": DenseSparseDense(0.7, 3, 7),
}


def _noise() -> Arrays:
    """Samples without constant pixels, so that every weight has a gradient and none ties."""
    random = np.random.default_rng(0)
    count = STEPS * 32
    return random.random((count, 8, 8), np.float32), random.integers(0, 10, count)


def _no_relu(make_model: Make) -> Any:
    import keras

    return make_model(keras.layers.Flatten(), keras.layers.Dense(16, activation="tanh"))


def _masked(
    model: Any,
    schedule: PruningSchedule,
    look: Callable[[Any, PruneLowMagnitude], float],
    epochs: int = 1,
) -> list[float]:
    """What a look shows after every step of a fit of 12, in as many epochs as asked for."""
    pruning = PruneLowMagnitude(schedule)
    found: list[float] = []
    watch = Look(on_train_batch_end=lambda model: found.append(look(model, pruning)))
    x, y = _noise()
    count = len(x) // epochs
    fit(model, (x[:count], y[:count]), pruning, watch, epochs=epochs)
    return found


def _share_masked(_: Any, pruning: PruneLowMagnitude) -> float:
    masks = list(pruning.masks.values())
    return sum(int((~mask).sum()) for mask in masks) / sum(mask.size for mask in masks)


def _held(schedule: PruningSchedule) -> list[float]:
    """The sparsity of the last update at each step of the fit: 0 before the first."""
    steps = np.arange(1, STEPS + 1)
    due, asked = schedule.on(steps)
    held, found = 0.0, []
    for turn, sparsity_asked in zip(due.tolist(), asked.tolist(), strict=True):
        held = sparsity_asked if turn else held
        found.append(held)
    assert due.sum() >= 2
    return found


@pytest.mark.parametrize("schedule", RISING.values(), ids=RISING)
def test_a_rising_schedule_is_followed_at_every_step(
    make_model: Make, schedule: PruningSchedule
) -> None:
    model = _no_relu(make_model)
    assert _masked(model, schedule, _share_masked) == pytest.approx(_held(schedule), abs=1e-3)
    # Handed out, the weights themselves are zero.
    assert sparsity(model) == pytest.approx(_held(schedule)[-1], abs=1e-3)


@pytest.mark.parametrize("schedule", FALLING.values(), ids=FALLING)
def test_where_sparsity_falls_weights_come_back(
    make_model: Make, schedule: PruningSchedule
) -> None:
    asked = _held(schedule)
    assert (np.diff(asked) < 0).any()
    model = _no_relu(make_model)
    assert _masked(model, schedule, _share_masked) == pytest.approx(asked, abs=1e-3)
    assert sparsity(model) == pytest.approx(asked[-1], abs=1e-3)


def test_on_an_epoch_s_first_step_pruned_weights_tie_and_all_come_back(make_model: Make) -> None:
    schedule = MultiStep({2: 0.8, 7: 0.4, 9: 0.5, 11: 0.3})
    found = _masked(_no_relu(make_model), schedule, _share_masked, epochs=2)
    expected = [0.0, *[0.8] * 5, *[0.0] * 2, *[0.5] * 2, *[0.3] * 2]
    assert found == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("schedule", [RISING["formula"], RISING["points"], RISING["multi-step"]])
def test_a_rising_schedule_is_followed_over_epochs_too(
    make_model: Make, schedule: PruningSchedule
) -> None:
    found = _masked(_no_relu(make_model), schedule, _share_masked, epochs=4)
    assert found == pytest.approx(_held(schedule), abs=1e-3)


def test_weights_that_come_back_train_again(make_model: Make) -> None:
    model = _no_relu(make_model)
    masks: list[list[np.ndarray]] = []

    def look(_: Any, pruning: PruneLowMagnitude) -> float:
        masks.append([mask.copy() for mask in pruning.masks.values()])
        return 0.0

    _masked(model, DenseSparseDense(0.7, 3, 7), look)
    for kernel, sparse in zip(kernels(model), masks[6], strict=True):
        assert (~sparse).mean() == pytest.approx(0.7, abs=0.01)
        assert (kernel[~sparse] != 0).all()


class Noting(PruningSchedule):
    """A user's own, which knows what it was asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, step: int) -> tuple[bool, float]:
        self.asked.append(step)
        return step % 3 == 0, step / 20

    def get_config(self) -> dict[str, Any]:
        return {"class_name": "Noting", "config": {}}


@pytest.mark.parametrize("rules", [{}, {"scope": "global"}])
def test_a_schedule_of_one_s_own_is_asked_once_a_step_when_it_is_due(
    make_model: Make, digits: Arrays, rules: dict[str, str]
) -> None:
    schedule, model = Noting(), make_model()
    soon = Look(on_train_batch_end=lambda _: when.append(schedule.asked[-1]))
    when: list[int] = []
    fit(model, digits, PruneLowMagnitude(schedule, **rules), soon, epochs=4)
    assert schedule.asked == when == list(range(1, 13))
    assert sparsity(model) == pytest.approx(12 / 20, abs=0.01)
