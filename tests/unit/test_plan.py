"""A schedule on the steps of a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunelab import ConstantSparsity, Plan, PolynomialDecay, PruningSchedule, UsageError
from prunelab.plan import steps_per_epoch, to_step


def _machine_curve(power: float) -> Plan:
    """The setting of the MachineCurve article, whose end step is no turn of its frequency."""
    return Plan(PolynomialDecay(0.0, 0.875, 1152, 5760, power=power), 5760, 384)


def test_masks_change_every_frequency_steps_from_begin() -> None:
    plan = Plan(PolynomialDecay(0.0, 0.5, 10, 40, frequency=8), 100, 25)
    assert plan.update_steps.tolist() == [10, 18, 26, 34]


def test_a_schedule_longer_than_the_run_is_cut_at_its_end() -> None:
    plan = Plan(PolynomialDecay(0.0, 0.8, 0, 200, power=1, frequency=50), 100, 25)
    assert plan.update_steps.tolist() == [50, 100]
    assert plan.reached == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("power", "reached"), [(3, "0.875000"), (1, "0.87348"), (1 / 3, "0.76984")]
)
def test_the_last_update_before_the_end_decides_what_is_reached(power: float, reached: str) -> None:
    plan = _machine_curve(power)
    assert plan.update_steps[-1] == 5752
    assert f"{plan.reached:.{len(reached) - 2}f}" == reached


def test_with_begin_0_the_first_update_is_at_step_frequency() -> None:
    assert Plan(ConstantSparsity(0.5, 0), 100, 10).update_steps.tolist() == [100]


def test_a_run_shorter_than_the_frequency_is_told_that_nothing_will_be_pruned() -> None:
    plan = Plan(ConstantSparsity(0.5, 0), 99, 33)
    assert plan.reached == 0.0
    assert plan.summary.startswith("Nothing will be pruned")
    assert "99 steps" in plan.summary


def test_the_summary_tells_updates_and_what_they_reach() -> None:
    summary = _machine_curve(1).summary
    assert "47 mask updates, first at step 1,152, last at step 5,752 of 5,760" in summary
    assert "87.35% sparsity" in summary
    assert "8 steps to recover" in summary


def test_a_baseline_prunes_nothing() -> None:
    plan = Plan(None, 120, 40)
    assert plan.reached == 0.0
    assert not plan.scheduled.any()
    assert plan.summary.startswith("No pruning")


def test_before_it_begins_a_schedule_asks_for_nothing() -> None:
    plan = Plan(ConstantSparsity(0.5, begin_step=4, frequency=2), 6, 3)
    assert plan.scheduled.tolist() == [0, 0, 0, 0.5, 0.5, 0.5]


@pytest.mark.parametrize(("samples", "batch", "steps"), [(64, 32, 2), (65, 32, 3), (5, 32, 1)])
def test_the_smaller_last_batch_is_a_step_too(samples: int, batch: int, steps: int) -> None:
    assert steps_per_epoch(samples, batch) == steps


@pytest.mark.parametrize(
    ("given_as", "step"),
    [
        ("20%", 200),
        (" 12.5 % ", 125),
        (".5%", 5),
        ("100%", 1000),
        ("0%", 0),
        ("300", 300),
        ("300.0", 300),
        ("-1", -1),
        (300, 300),
        (np.float64(300), 300),
    ],
)
def test_a_step_may_be_a_number_or_a_share_of_the_run(given_as: object, step: int) -> None:
    assert to_step(given_as, 1000) == step


@pytest.mark.parametrize("wrong", ["101%", "-5%", "20.5", "half", "", "%", "nan", True, 2.5, None])
def test_anything_else_is_refused_by_name_in_a_line(wrong: object) -> None:
    with pytest.raises(UsageError, match=r"^begin_step=") as error:
        to_step(wrong, 1000, "begin_step")
    assert "\n" not in str(error.value)


@given(st.integers(0, 100), st.integers(1, 100_000))
def test_a_share_is_within_the_run(percent: int, steps: int) -> None:
    assert 0 <= to_step(f"{percent}%", steps) <= steps


class _Asked(PruningSchedule):
    """A schedule of a user's own, which counts how often it is asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, step: int) -> tuple[bool, float]:
        self.times += 1
        return step % 4 == 0, step / 100

    def get_config(self) -> dict[str, Any]:
        return {"class_name": "_Asked", "config": {}}


@pytest.mark.parametrize(
    "schedule",
    [
        PolynomialDecay(0.1, 0.9, 7, 43, power=0.5, frequency=5),
        ConstantSparsity(0.5, 0, 30, frequency=4),
        _Asked(),
        None,
    ],
)
def test_sparsity_at_some_steps_is_that_of_the_whole_run_there(
    schedule: PruningSchedule | None,
) -> None:
    whole, plan = Plan(schedule, 60, 10), Plan(schedule, 60, 10)
    some = np.array([[60, 1], [7, 12], [4, 3], [44, 43]])
    assert plan.scheduled_at(some).tolist() == whole.scheduled[some - 1].tolist()
    at = dict(zip(whole.update_steps.tolist(), whole.update_sparsity.tolist(), strict=True))
    held = [max((step for step in at if step <= one), default=None) for one in some.ravel()]
    assert plan.masks_at(some).ravel().tolist() == [0 if one is None else at[one] for one in held]
    assert plan.masks_at(some).dtype == plan.scheduled_at(some).dtype == np.float32


def test_the_whole_grid_is_not_made_for_a_few_steps_of_a_long_run() -> None:
    plan = Plan(PolynomialDecay(0.0, 0.875, 1000, 19_000_000), 20_000_000, 1000)
    some = np.linspace(1, 20_000_000, 300).astype(np.int64)
    assert plan.masks_at(some)[-1] == np.float32(0.875)
    assert plan.scheduled_at(some)[0] == 0
    assert "reaches 87.50%" in plan.summary
    assert "grid" not in vars(plan)


def test_a_schedule_of_ones_own_is_asked_once_a_step() -> None:
    schedule = _Asked()
    plan = Plan(schedule, 40, 10)
    assert len(plan.update_sparsity) == len(plan.update_steps) == 10
    assert plan.scheduled[-1] == np.float32(0.4)
    assert schedule.times == 40
