"""Every mend that the linter offers mends, on made-up schedules and runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from prunelab import ConstantSparsity, Plan, PolynomialDecay, PruningSchedule, UsageError
from prunelab.lab import make_schedule
from prunelab.plan import diagnose
from prunelab.schedules.catalog import KINDS

SPARSITY = st.sampled_from([0.0, 0.5, 0.875]) | st.floats(0, 0.99)
POWER = st.sampled_from([1 / 3, 1, 2, 3, 8])


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    steps = draw(st.integers(1, 8000))
    begin = draw(st.integers(0, 2) | st.integers(0, steps + steps // 4))
    length = draw(st.integers(1, steps + 2))
    every = draw(st.sampled_from([1, 10, 100]) | st.integers(1, steps + 5))
    schedule: PruningSchedule
    if draw(st.booleans()):
        end = draw(st.sampled_from([-1, begin + length]))
        schedule = ConstantSparsity(draw(SPARSITY), begin, end, every)
    else:
        low, high = draw(st.just(0.0) | SPARSITY), draw(SPARSITY)
        schedule = PolynomialDecay(low, high, begin, begin + length, draw(POWER), every)
    return Plan(schedule, steps, draw(st.integers(1, steps)))


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
@given(plans(), st.sampled_from([0.1, 0.3, 0.6]), st.booleans())
@example(Plan(PolynomialDecay(0.0, 0.875, 1152, 5760, 1 / 3), 5760, 192), 0.3, False)
def test_what_is_mended_is_gone_and_nothing_worse_has_come(
    plan: Plan, jump: float, trained: bool
) -> None:
    found = diagnose(plan, jump=jump, trained=trained)
    errors = {one.code for one in found if one.severity == "error"}
    for finding in found:
        assert "\n" not in finding.text
        for mend in finding.mends:
            after = diagnose(mend.apply(plan), jump=jump, trained=trained)
            assert finding.code not in {one.code for one in after}, mend
            assert {one.code for one in after if one.severity == "error"} <= errors, mend


@settings(max_examples=200, deadline=None, database=None)
@given(plans())
def test_in_a_run_of_some_length_every_error_has_a_mend(plan: Plan) -> None:
    schedule = plan.schedule
    asked = getattr(schedule, "final_sparsity", getattr(schedule, "target_sparsity", 0.0))
    if plan.steps < 100 or asked < 0.01:
        return
    for finding in diagnose(plan):
        assert finding.mends or finding.severity != "error", finding


@dataclass
class _Own(PruningSchedule):
    """A user's own dataclass: not frozen, so not hashable, and with a rule of its own."""

    begin_step: int
    frequency: int = 7

    def __post_init__(self) -> None:
        if self.frequency < 7:
            raise UsageError("frequency must be at least 7: use 7, say")

    def __call__(self, step: int) -> tuple[bool, float]:
        return step >= self.begin_step and (step - self.begin_step) % self.frequency == 0, 0.25

    def get_config(self) -> dict[str, Any]:
        return {"class_name": "_Own", "config": {}}


def test_a_dataclass_of_ones_own_is_mended_by_its_fields() -> None:
    (one,) = Plan(_Own(2000), 1000, 100).findings
    assert one.code == "nothing-pruned"
    assert _Own(200) in [mend.schedule for mend in one.mends]


@dataclass(frozen=True)
class _Table(PruningSchedule):
    """Masks change at two steps, and between them never: a frequency of 0."""

    frequency: int = 0

    def __call__(self, step: int) -> tuple[bool, float]:
        return step in (500, 600), 0.5

    def get_config(self) -> dict[str, Any]:
        return {"class_name": "_Table", "config": {}}


def test_a_frequency_of_0_is_none_that_could_be_lowered() -> None:
    (one,) = Plan(_Table(), 1000, 100).findings
    assert (one.code, one.mends) == ("large-jump", ())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("epochs", "epoch"), [(1, 10), (3, 36), (30, 192), (100, 1000)])
def test_every_kind_of_the_catalog_is_linted_and_mended(kind: str, epochs: int, epoch: int) -> None:
    plan = Plan(make_schedule(kind, {}, epochs * epoch), epochs * epoch, epoch)
    for finding in plan.findings:
        for mend in finding.mends:
            assert finding.code not in {one.code for one in mend.apply(plan).findings}
    if epochs == 30:
        assert [one.code for one in plan.findings if one.severity == "error"] == []


def test_a_class_whose_fields_are_unknown_is_mended_by_more_epochs_alone() -> None:
    class Never(PruningSchedule):
        begin_step = 600

        def __call__(self, step: int) -> tuple[bool, float]:
            return step == 600, 0.25

        def get_config(self) -> dict[str, Any]:
            return {"class_name": "Never", "config": {}}

    (one,) = Plan(Never(), 500, 100).findings
    assert [mend.label for mend in one.mends] == [
        "train for 8 epochs, not 5",
        "train for 6 epochs, not 5",
    ]
    assert one.mends[0].schedule is None
