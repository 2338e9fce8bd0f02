"""Which changes are offered for each finding, in their order, and what each says of itself."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from offered import OFFERED

from prunelab import ConstantSparsity, Plan, PolynomialDecay, PruningSchedule
from prunelab.plan import Mend, diagnose


def _changed(schedule: Any, mend: Mend) -> Any:
    """The parameters that a mend changes, or the schedule that it puts in the place of another."""
    if mend.schedule is None:
        return {"epochs": mend.epochs}
    if type(mend.schedule) is not type(schedule):
        return mend.schedule
    new = {field.name: getattr(mend.schedule, field.name) for field in fields(schedule)}
    return {name: value for name, value in new.items() if value != getattr(schedule, name)}


def _figures(changed: Any) -> list[str]:
    """What a mend's label says of the parameters it changes."""
    if isinstance(changed, PolynomialDecay):
        changed = {
            "rise": changed.final_sparsity,
            "begin_step": changed.begin_step,
            "end_step": changed.end_step,
            "frequency": changed.frequency,
        }
    often = changed.get("frequency")
    said = {
        "begin_step": "step {:,}",
        "end_step": " {:,}",
        "frequency": "at every step" if often == 1 else "every {:,} steps",
        "power": "power {:g}",
        "epochs": "train for {:,} epochs",
        "steps_per_round": "every {:,} steps",
        "initial_sparsity": "from {:.2%}" if changed.get("initial_sparsity") else " 0% sparsity",
        "final_sparsity": "to {:.2%}",
        "rise": "to {:.2%}",
    }
    return [said[name].format(value) for name, value in changed.items()]


@pytest.mark.parametrize(
    ("schedule", "steps", "epoch", "code", "offered"),
    OFFERED,
    ids=[f"{code} {schedule!r}" for schedule, _, _, code, _ in OFFERED],
)
def test_a_finding_offers_these_changes_and_says_what_they_are(
    schedule: PruningSchedule, steps: int, epoch: int, code: str, offered: list[Any]
) -> None:
    (one,) = [one for one in diagnose(Plan(schedule, steps, epoch)) if one.code == code]
    assert [_changed(schedule, mend) for mend in one.mends] == offered
    for mend, changed in zip(one.mends, offered, strict=True):
        for figure in _figures(changed):
            assert figure in mend.label


def _labels(schedule: PruningSchedule, code: str, epoch: int = 100) -> list[str]:
    """The labels of a finding's mends, in a run of 1,000 steps."""
    (one,) = [one for one in diagnose(Plan(schedule, 1000, epoch)) if one.code == code]
    return [mend.label for mend in one.mends]


def test_a_label_says_why_a_begin_and_an_end_are_where_they_are() -> None:
    assert _labels(PolynomialDecay(0.0, 0.29, 200, 1000, 1, 10), "no-recovery")[:2] == [
        "end at step 800, in the first 80% of the run",
        "end at step 950, 50 steps before the run does",
    ]
    assert _labels(PolynomialDecay(0.0, 0.875, 0, 100, 3, 10), "early") == [
        "begin at step 101, after one epoch, and end at step 791",
        "begin at step 200, 20% of the run, and end at step 800",
        "begin at step 100, 10% of the run, and end at step 800",
    ]
    assert _labels(PolynomialDecay(0.0, 0.875, 200, 1200, 1, 10), "end-beyond-run") == [
        "end at step 800, in the first 80% of the run",
        "end at step 1,000, the last mask update of the run",
        "train for 15 epochs, not 10",
    ]
    assert _labels(PolynomialDecay(0.0, 0.5, 200, 752, 1 / 3, 10), "target-missed")[:2] == [
        "end at step 750, the last mask update",
        "end at step 760, a mask update",
    ]


def test_a_label_says_how_a_frequency_goes_with_the_end() -> None:
    assert _labels(PolynomialDecay(0.0, 0.875, 200, 797, 1, 199), "few-updates") == [
        "update the masks every 59 steps, and end at step 790",
        "update the masks every 119 steps, and end at step 795",
        "begin at step 200, 20% of the run, and update the masks every 60 steps to step 800, "
        "80% of it",
    ]
    assert _labels(PolynomialDecay(0.0, 0.875, 200, 206, 1, 2), "few-updates")[0] == (
        "update the masks at every step"
    )
    assert _labels(PolynomialDecay(0.0, 0.29, 950, 1000, 1, 1), "no-recovery", 1000) == [
        "train for 2 epochs, not 1",
        "begin at step 200, 20% of the run, and update the masks at every step to step 800, "
        "80% of it",
    ]


def test_a_jump_s_labels_say_what_else_the_curve_could_be() -> None:
    assert _labels(PolynomialDecay(0.0, 0.875, 200, 203, 3, 1), "large-jump")[0] == (
        "use power 1, which rises evenly"
    )
    assert _labels(PolynomialDecay(0.0, 0.875, 200, 800, 100, 10), "large-jump")[2] == (
        "use power 3, which is flat towards the end"
    )
    new = "begin at step 200, 20% of the run, and update the masks every 10 steps to step 800, "
    assert _labels(PolynomialDecay(0.4, 0.875, 200, 220, 8, 10), "large-jump") == [
        f"begin at 0% sparsity, {new}80% of it",
        f"use power 1 from 0% sparsity, {new}80% of it",
    ]
    assert _labels(ConstantSparsity(0.5, 790, frequency=50), "large-jump") == [
        "rise to 50.00% by a PolynomialDecay from step 790 to 800, at every step",
        "rise to 50.00% by a PolynomialDecay from step 200 to 800, every 50 steps",
    ]
