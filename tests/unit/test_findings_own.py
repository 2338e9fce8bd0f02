"""Findings of a schedule of one's own: they follow from the steps it names and its answers."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

from prunelab import Plan, PruningSchedule


class _Silent(PruningSchedule):
    """Names steps, and never changes a mask."""

    def __init__(self, **steps: int) -> None:
        vars(self).update(steps)

    def __call__(self, step: int) -> tuple[bool, float]:
        return False, 0.5

    def get_config(self) -> dict[str, Any]:
        return {"class_name": "_Silent", "config": vars(self)}


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ({"begin_step": 101}, "the schedule begins at step 101 of a run of 100"),
        ({"begin_step": 100}, "no mask update falls in the run's 100 steps"),
        ({"frequency": 101}, "the first mask update would be at step 101 of a run of 100"),
        ({"frequency": 100}, "no mask update falls in the run's 100 steps"),
        (
            {"begin_step": 0, "frequency": 5, "end_step": 4},
            "it ends at step 4, before its first mask update at step 5",
        ),
        (
            {"begin_step": 5, "frequency": 50, "end_step": 0},
            "it ends at step 0, before its first mask update at step 5",
        ),
        ({"frequency": 5, "end_step": 5}, "no mask update falls in the run's 100 steps"),
        ({"frequency": 5, "end_step": -1}, "no mask update falls in the run's 100 steps"),
        ({}, "no mask update falls in the run's 100 steps"),
    ],
)
def test_why_nothing_is_pruned_follows_from_the_steps_that_a_class_names(
    steps: dict[str, int], why: str
) -> None:
    (one,) = Plan(_Silent(**steps), 100, 10).findings
    assert one.text == f"nothing will be pruned: {why}"


class _Odd(_Silent):
    """Its parameters are no numbers of steps or sparsity."""

    def __call__(self, step: int) -> tuple[bool, float]:
        return step in (20, 30), 0.2


def test_what_a_schedule_asks_for_between_its_begin_and_its_first_update_is_no_move() -> None:
    assert Plan(_Odd(begin_step=10), 100, 10).findings == ()


@pytest.mark.parametrize("value", [True, "80%", float("nan"), float("inf"), None, [1]])
def test_a_parameter_that_is_no_number_says_nothing(value: Any) -> None:
    schedule = _Odd(end_step=value, frequency=value, final_sparsity=value)
    assert Plan(schedule, 100, 10).findings == ()


def test_the_final_sparsity_counts_before_the_target() -> None:
    class Both(_Odd):
        final_sparsity, target_sparsity = 0.3, 0.9

    (one,) = Plan(Both(), 100, 10).findings
    assert "it reaches 20.00% of the 30.00% asked for" in one.text


class _Steps(PruningSchedule):
    """Masks change every 100 steps; the sparsity rises at a step of its own."""

    vectorised: ClassVar[bool] = True

    def __init__(self, rises: int) -> None:
        self.rises = rises

    def __call__(self, step: Any) -> tuple[Any, Any]:
        return step % 100 == 0, np.where(step < self.rises, 0.2, 0.6)

    def get_config(self) -> dict[str, Any]:
        return {"class_name": "_Steps", "config": {"rises": self.rises}}


@pytest.mark.parametrize(
    ("rises", "severity"),
    [(501, "note"), (502, "warning"), (599, "warning"), (600, "note")],
)
def test_a_jump_is_the_schedule_s_own_beside_an_update_and_else_for_want_of_one(
    rises: int, severity: str
) -> None:
    (one,) = Plan(_Steps(rises), 1000, 50).findings
    assert (one.code, one.severity) == ("large-jump", severity)


class _Once(PruningSchedule):
    """Masks change at one step."""

    begin_step = 60_000

    def __call__(self, step: int) -> tuple[bool, float]:
        return step == self.begin_step, 0.2

    def get_config(self) -> dict[str, Any]:
        return {"class_name": "_Once", "config": {}}


@pytest.mark.parametrize(
    ("steps", "epochs"), [(50_000, [75, 60]), (50_001, [])], ids=["50,000", "50,001"]
)
def test_what_is_asked_step_by_step_is_mended_on_runs_of_50_000_steps(
    steps: int, epochs: list[int]
) -> None:
    (one,) = Plan(_Once(), steps, 1000).findings
    assert one.code == "nothing-pruned"
    assert [mend.epochs for mend in one.mends] == epochs
