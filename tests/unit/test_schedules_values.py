"""The schedules' values at a few steps, by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from prunelab import (
    ACDC,
    CosineSchedule,
    Cyclical,
    DenseSparseDense,
    ExponentialDensity,
    GeometricIMP,
    IterativeSteps,
    OneCycle,
    PruningSchedule,
    UsageError,
)


def _turns(schedule: PruningSchedule, steps: int) -> list[tuple[int, float]]:
    """The steps of a run at which masks change, with the sparsity to the fourth digit."""
    return [
        (step, round(float(schedule(step)[1]), 4)) for step in schedule.update_steps(steps).tolist()
    ]


def test_cosine() -> None:
    schedule = CosineSchedule(0.2, 0.8, 100, 200, frequency=25)
    a, b = (1 - math.sqrt(0.5)) / 2, (1 + math.sqrt(0.5)) / 2
    expected = [0.2, 0.2 + 0.6 * a, 0.5, 0.2 + 0.6 * b, 0.8]
    assert _turns(schedule, 999) == [
        (step, round(value, 4)) for step, value in zip(range(100, 201, 25), expected, strict=True)
    ]
    assert schedule.on([1, 999])[1].tolist() == [np.float32(0.2), np.float32(0.8)]


def test_exponential_density_removes_the_same_share_at_each_update() -> None:
    schedule = ExponentialDensity(0.0, 0.9375, 10, 50, frequency=10)
    assert _turns(schedule, 99) == [(10, 0), (20, 0.5), (30, 0.75), (40, 0.875), (50, 0.9375)]


def test_one_cycle() -> None:
    schedule = OneCycle(0.0, 0.8, 0, 100)
    for p in (0.0, 0.25, 0.5, 1.0):
        asked = 0.8 * (1 + math.exp(-14 + 5)) / (1 + math.exp(-14 * p + 5))
        assert schedule(round(100 * p))[1] == pytest.approx(asked, rel=1e-6)
    assert schedule(0)[1] == pytest.approx(0.8 * 0.0067, abs=1e-4)


def test_iterative_steps_jump_equally_and_last_at_the_end() -> None:
    schedule = IterativeSteps(0.1, 0.7, 20, 50, rounds=3)
    assert _turns(schedule, 99) == [(20, 0.1), (30, 0.3), (40, 0.5), (50, 0.7)]
    assert schedule.on([19, 29, 99])[1].tolist() == pytest.approx([0, 0.1, 0.7])


def test_imp_removes_a_share_of_what_is_left() -> None:
    schedule = GeometricIMP(10, 5, rounds=3, rate=0.2)
    assert _turns(schedule, 99) == [(10, 0.2), (15, 0.36), (20, 0.488)]
    assert schedule.on([9, 99])[1].tolist() == pytest.approx([0, 0.488])


def test_dense_sparse_dense_lets_all_weights_train_again_after_its_end() -> None:
    schedule = DenseSparseDense(0.6, 10, 20)
    assert _turns(schedule, 99) == [(10, 0.6), (21, 0.0)]
    assert schedule.on([9, 20, 99])[1].tolist() == pytest.approx([0, 0.6, 0])


@pytest.mark.parametrize(
    ("end", "turns"),
    [
        (20, [(10, 0.6), (15, 0.0), (20, 0.6)]),
        # Compressed at its end already: nothing changes there.
        (23, [(10, 0.6), (15, 0.0), (20, 0.6)]),
        # The dense phase is cut short.
        (27, [(10, 0.6), (15, 0.0), (20, 0.6), (25, 0.0), (27, 0.6)]),
    ],
)
def test_ac_dc_begins_dense_and_ends_compressed(end: int, turns: list[Any]) -> None:
    schedule = ACDC(0.6, 10, end, 5)
    assert _turns(schedule, 99) == turns
    assert schedule.on([9, 99])[1].tolist() == pytest.approx([0, 0.6])


def test_cyclical_restarts_after_each_cycle_s_end() -> None:
    schedule = Cyclical(0.0, 0.8, 0, 40, cycles=2, frequency=10)
    half = round(0.8 * (1 - 0.5**3), 4)
    assert _turns(schedule, 99) == [(10, half), (20, 0.8), (30, half), (40, 0.8)]
    assert schedule(21)[1] == pytest.approx(0.8 * (1 - 0.95**3))


def test_the_steps_on_which_cycles_meet_are_at_the_target_however_many_there_are() -> None:
    for cycles in (3, 7, 49, 100, 997):
        schedule = Cyclical(0.1, 0.8, 13, 13 + 11 * cycles, cycles)
        ends = 13 + 11 * np.arange(1, cycles + 1)
        assert schedule.on(ends)[1].tolist() == pytest.approx([0.8] * cycles)
        assert (schedule.on(ends[:-1] + 1)[1] < 0.35).all()


def test_a_first_jump_at_step_0_is_at_step_1() -> None:
    assert _turns(DenseSparseDense(0.5, 0, 3), 9) == [(1, 0.5), (4, 0.0)]
    assert _turns(IterativeSteps(0, 0.5, 0, 2, 2), 9) == [(1, 0.25), (2, 0.5)]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: CosineSchedule(0, 87.5, 0, 10), r"final_sparsity=87.5 must be in range \[0, 1\)"),
        (lambda: CosineSchedule(0, 0.5, 10, 10), "end_step=10 equals begin_step"),
        (lambda: CosineSchedule(0, 0.5, 10, 5), "end_step=5 is before begin_step=10"),
        (lambda: CosineSchedule(0, 0.5, 0, -1), "without an end"),
        (lambda: CosineSchedule(0, 0.5, 0, 9, 0), "frequency=0 must be at least 1"),
        (lambda: OneCycle(0, 0.5, 0, 9, alpha=0), "alpha=0.0 makes the curve flat"),
        (lambda: OneCycle(0, 0.5, 0, 9, alpha=1e9), "alpha=1000000000.0 must be from 0 to 100"),
        (lambda: OneCycle(0, 0.5, 0, 9, beta=math.nan), "beta=nan must be from -100 to 100"),
        (lambda: Cyclical(0, 0.5, 0, 9, cycles=10), "cycles=10 is more than the 9 steps"),
        (lambda: Cyclical(0, 0.5, 0, 9, cycles=1.5), "cycles=1.5 is not a whole number"),
        (lambda: IterativeSteps(0, 0.5, 3, 9, 7), "rounds: use 10 or later"),
        (lambda: IterativeSteps(0, 0.5, 3, 9, 0), "rounds=0 must be from 1"),
        (lambda: GeometricIMP(0, 1, 9, 1.0), "rate=1.0 must be above 0 and below 1"),
        (lambda: GeometricIMP(0, 1, 999, 0.5), "leave no weights"),
        (lambda: GeometricIMP(-1, 1), "begin_step=-1 must be at least 0"),
        (lambda: GeometricIMP(0, 0), "steps_per_round=0 must be from 1"),
        (lambda: ACDC(0.5, 0, 10**9, 1), "phase_steps=1 makes more than 100,000 phases"),
        (lambda: ACDC(0.5, 5, 5, 1), "no phase fits"),
        (lambda: DenseSparseDense(1.0, 5, 9), "target_sparsity=1.0 must be"),
    ],
)
def test_what_breaks_a_rule_is_told_in_a_line(make: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told) as error:
        make()
    assert "\n" not in str(error.value)
