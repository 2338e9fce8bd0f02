"""Where each finding begins: the last plan of which it is not found, and the first of which it is.

The plans are tables of steps and sparsities, so that every limit is met by figures one can read.
"""

from __future__ import annotations

from typing import Any

import pytest

from prunelab import ConstantSparsity, MultiStep, Plan, PolynomialDecay
from prunelab.plan import Finding, diagnose


def _found(
    table: dict[int, float], steps: int = 1000, epoch: int = 1000, **limits: Any
) -> dict[str, Finding]:
    """The findings of a table on a run, by code."""
    plan = Plan(MultiStep(table), steps, epoch)
    return {one.code: one for one in diagnose(plan, **limits)}


@pytest.mark.parametrize(
    ("asked", "severity"),
    [(0.2004, None), (0.2006, "warning"), (0.2095, "warning"), (0.2105, "error")],
)
def test_a_target_is_missed_from_a_twentieth_of_a_point_on_and_gravely_from_a_point(
    asked: float, severity: str | None
) -> None:
    # The row that asks for it is after the run.
    found = _found({200: 0.1, 300: 0.2, 2000: asked})
    assert [one.severity for one in found.values()] == ([severity] if severity else [])
    summary = Plan(MultiStep({200: 0.1, 300: 0.2, 2000: asked}), 1000, 1000).summary
    assert ("asked for" in summary) == (severity is not None)


@pytest.mark.parametrize(
    ("epoch", "step", "late"), [(1000, 950, False), (1000, 951, True), (20, 980, False),
                                (20, 981, True)],
)  # fmt: skip
def test_recovery_takes_an_epoch_or_5_percent_of_the_run(epoch: int, step: int, late: bool) -> None:
    found = _found({200: 0.2, step: 0.25}, epoch=epoch)
    assert list(found) == (["no-recovery"] if late else [])
    if late:
        window = 50 if epoch == 1000 else 20
        assert found["no-recovery"].text == (
            f"sparsity still rises from 20.00% to 25.00% in the last {window} steps, "
            f"and {1000 - step} steps are left to recover"
        )


@pytest.mark.parametrize(("to", "late"), [(0.5049, False), (0.5051, True)])
def test_the_last_percent_of_what_is_left_needs_no_recovery(to: float, late: bool) -> None:
    found = _found({200: 0.2, 300: 0.5, 990: to})
    assert list(found) == (["no-recovery"] if late else [])


def test_the_steps_left_to_recover_are_those_after_the_last_rise() -> None:
    told = {step: _found({4: 0.2, step: 0.25, 40: 0.25}, 40, 40) for step in (39, 40)}
    assert "and 1 step is left to recover" in told[39]["no-recovery"].text
    assert "and 0 steps are left to recover" in told[40]["no-recovery"].text


def test_a_run_of_less_than_20_steps_has_no_step_to_recover_in() -> None:
    assert list(_found({4: 0.2, 20: 0.25}, 20, 20)) == ["no-recovery"]
    assert list(_found({4: 0.2, 19: 0.25}, 19, 19)) == []


def test_a_fall_that_a_late_rise_makes_up_for_is_no_rise() -> None:
    found = _found({200: 0.25, 960: 0.2, 970: 0.25})
    assert list(found) == ["falling"]


@pytest.mark.parametrize(
    ("epoch", "step", "level", "early"),
    [
        (1000, 100, 0.26, True),
        (1000, 101, 0.26, False),
        (1000, 100, 0.25, False),
        (50, 50, 0.26, True),
        (50, 51, 0.26, False),
    ],
)
def test_early_is_the_first_epoch_or_tenth_of_the_run_above_a_quarter(
    epoch: int, step: int, level: float, early: bool
) -> None:
    found = _found({step: level}, epoch=epoch)
    assert list(found) == (["early"] if early else [])
    if early:
        assert ("in the first epoch" if epoch == 50 else "in the first 10% of the run") in (
            found["early"].text
        )
    assert _found({step: level}, epoch=epoch, trained=True) == {}


def test_what_was_pruned_early_counts_also_where_it_came_back_in_time() -> None:
    found = _found({10: 0.29, 90: 0.1, 300: 0.2})
    assert found["early"].text.startswith("29.00% of the weights are pruned by step 100,")


@pytest.mark.parametrize(("to", "jumps"), [(0.4904, False), (0.4906, True)])
def test_a_jump_is_large_from_30_points_on(to: float, jumps: bool) -> None:
    assert list(_found({200: 0.19, 300: to})) == (["large-jump"] if jumps else [])


def test_the_largest_of_several_jumps_is_told_with_their_number() -> None:
    one = _found({200: 0.31, 300: 0.65, 400: 0.97})["large-jump"]
    assert one.severity == "note"
    assert one.text == (
        "the mask update at step 300 raises sparsity from 31.00% to 65.00% at once, "
        "by more than 30% (the largest of 3 such jumps)"
    )
    assert "such jumps" not in _found({200: 0.31, 300: 0.6})["large-jump"].text


def test_of_jumps_those_count_first_that_other_updates_would_not_make() -> None:
    # The curve itself jumps by 40 points at its begin; by rare updates it jumps once more.
    found = Plan(PolynomialDecay(0.4, 0.875, 200, 800, 1, 400), 1000, 100).findings
    one = {one.code: one for one in found}["large-jump"]
    assert one.severity == "warning"
    assert "at step 600 raises sparsity from 40.00% to 71.67% at once" in one.text
    assert "such jumps" not in one.text


@pytest.mark.parametrize(("to", "falls"), [(0.2496, False), (0.2494, True)])
def test_weights_come_back_from_a_twentieth_of_a_point_on(to: float, falls: bool) -> None:
    found = _found({200: 0.25, 300: to})
    assert list(found) == (["falling"] if falls else [])


def test_the_deepest_fall_is_told() -> None:
    one = _found({200: 0.25, 300: 0.2, 400: 0.25, 500: 0.1, 600: 0.2})["falling"]
    assert one.severity == "note"
    assert one.text == (
        "the mask update at step 500 lowers sparsity from 25.00% to 10.00%: weights come back"
    )


@pytest.mark.parametrize(
    ("every", "count", "often"),
    [(1, 2000, None), (1, 2001, "step"), (9, 2001, "9 steps"), (10, 2001, None)],
)
def test_updates_are_many_above_2000_that_are_less_than_10_steps_apart(
    every: int, count: int, often: str | None
) -> None:
    last = 10_000 + every * (count - 1)
    found = Plan(ConstantSparsity(0.2, 10_000, last, every), 40_000, 1000).findings
    told = [f"2,001 mask updates, one every {often}: each costs time, fewer do as well"]
    assert [one.text for one in found] == (told if often else [])


@pytest.mark.parametrize(("every", "few"), [(100, False), (125, True)])
def test_a_curve_wants_five_updates(every: int, few: bool) -> None:
    plan = Plan(PolynomialDecay(0.0, 0.5, 300, 800, 1, every), 1000, 100)
    assert plan.findings == ()
    shorter = Plan(PolynomialDecay(0.1, 0.5, 300, 700, 1, every), 1000, 100)
    assert [one.code for one in shorter.findings] == (["target-missed", "few-updates"] * few)


def test_updates_at_every_second_step_leave_out_a_step_of_the_curve() -> None:
    plan = Plan(PolynomialDecay(0.0, 0.6, 30, 36, 1, 2), 100, 10)
    (one,) = plan.findings
    assert one.text == "only 4 mask updates follow the curve to 60.00%: use 5 or more"
    assert Plan(PolynomialDecay(0.0, 0.6, 30, 33, 1, 1), 100, 10).findings == ()
