"""What a plan says in a line, and its figures."""

from __future__ import annotations

import pytest

from prunelab import ConstantSparsity, MultiStep, Plan, PolynomialDecay, PruningSchedule, UsageError
from prunelab.plan import MOST_STEPS


@pytest.mark.parametrize(
    ("schedule", "summary"),
    [
        (None, "No pruning: 1,080 steps of the model as it is, as a baseline."),
        (
            ConstantSparsity(0.5, 2000),
            "Nothing will be pruned: no mask update falls in the run's 1,080 steps. "
            "Begin earlier, lower the frequency, or train longer.",
        ),
        (
            ConstantSparsity(0.5, 1075),
            "1 mask update, first at step 1,075, last at step 1,075 of 1,080; "
            "reaches 50.00% sparsity and leaves 5 steps to recover.",
        ),
        (
            PolynomialDecay(0.0, 0.8, 10, 1010),
            "11 mask updates, first at step 10, last at step 1,010 of 1,080; "
            "reaches 80.00% sparsity and leaves 70 steps to recover.",
        ),
        (
            PolynomialDecay(0.0, 0.8, 10, 1110, 1),
            "11 mask updates, first at step 10, last at step 1,010 of 1,080; "
            "reaches 72.73% sparsity of the 80.00% asked for and leaves 70 steps to recover.",
        ),
        (
            MultiStep({1000: 0.5, 1080: 0.25}),
            "2 mask updates, first at step 1,000, last at step 1,080 of 1,080; "
            "reaches 25.00% sparsity and leaves 0 steps to recover.",
        ),
    ],
)
def test_a_plan_says_in_a_line_what_it_does(schedule: PruningSchedule | None, summary: str) -> None:
    assert Plan(schedule, 1080, 36).summary == summary


def test_what_is_reached_is_a_plain_number() -> None:
    for schedule in (None, ConstantSparsity(0.5, 2000), ConstantSparsity(0.5, 10)):
        assert type(Plan(schedule, 1080, 36).reached) is float


@pytest.mark.parametrize(("steps", "epochs"), [(1, 1), (36, 1), (37, 2), (72, 2)])
def test_a_run_s_last_epoch_may_be_cut_short(steps: int, epochs: int) -> None:
    assert Plan(None, steps, 36).epochs == epochs


def test_a_run_has_a_step_at_least_and_as_many_as_fit_into_memory() -> None:
    assert MOST_STEPS == 20_000_000
    for steps in (1, MOST_STEPS):
        assert Plan(None, steps, 1).steps == steps
    for steps in (0, -1, MOST_STEPS + 1):
        with pytest.raises(UsageError, match=rf"^a run of {steps:,} steps .* use other epochs"):
            Plan(None, steps, 1)
