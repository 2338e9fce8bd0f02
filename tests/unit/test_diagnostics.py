"""What the linter says of a plan: each finding with its figures. That mends mend: `test_mends`."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

from prunelab import ConstantSparsity, Plan, PolynomialDecay, PruningSchedule, UsageError
from prunelab.plan import Finding, diagnose
from prunelab.schedules import ScheduleByLayer

# The run of the MachineCurve article: 30 epochs of 48,000 samples by 250.
STEPS, EPOCH = 5760, 192


def _article(schedule: PruningSchedule | None) -> Plan:
    return Plan(schedule, STEPS, EPOCH)


def _decay(begin: int = 1152, end: int = 4608, **values: Any) -> PolynomialDecay:
    return PolynomialDecay(0.0, 0.875, begin, end, **{"frequency": 96, **values})


def _found(schedule: PruningSchedule | None, code: str) -> Finding:
    (one,) = [one for one in _article(schedule).findings if one.code == code]
    return one


def _codes(schedule: PruningSchedule | None) -> list[str]:
    return [f"{one.severity} {one.code}" for one in _article(schedule).findings]


@pytest.mark.parametrize(
    "schedule",
    [
        None,
        _decay(),
        _decay(power=1),
        PolynomialDecay(0.0, 0.875, 1152, 5760),
        ConstantSparsity(0.3, 1152),
    ],
)
def test_of_a_plan_that_does_what_it_says_there_is_nothing_to_find(
    schedule: PruningSchedule | None,
) -> None:
    assert _article(schedule).findings == ()


@pytest.mark.parametrize(
    ("schedule", "why"),
    [
        (_decay(6000, 9000), "the schedule begins at step 6,000 of a run of 5,760"),
        (
            ConstantSparsity(0.5, 0, frequency=6000),
            "the first mask update would be at step 6,000 of a run of 5,760",
        ),
        (
            ConstantSparsity(0.5, 0, 50),
            "it ends at step 50, before its first mask update at step 100",
        ),
        (
            _decay(1152, 1200),
            "the only mask update, at step 1,152, asks for 0% sparsity",
        ),
        (ConstantSparsity(0.0, 1152), "all 47 mask updates ask for 0% sparsity"),
    ],
)
def test_a_run_that_prunes_nothing_is_told_why(schedule: PruningSchedule, why: str) -> None:
    (one,) = _article(schedule).findings
    assert (one.code, one.severity) == ("nothing-pruned", "error")
    assert one.text == f"nothing will be pruned: {why}"
    assert bool(one.mends) == (schedule != ConstantSparsity(0.0, 1152))


def test_a_run_shorter_than_the_frequency_is_offered_a_lower_one() -> None:
    (one,) = Plan(ConstantSparsity(0.5, 0), 99, 33).findings
    assert one.mends[0].label == "update the masks every 19 steps"
    assert one.mends[0].schedule == ConstantSparsity(0.5, 0, frequency=19)


@pytest.mark.parametrize(
    ("power", "severity", "reached"), [(1, "warning", "87.35%"), (1 / 3, "error", "76.98%")]
)
def test_a_target_missed_for_want_of_a_last_update_is_mended_on_the_grid(
    power: float, severity: str, reached: str
) -> None:
    one = _found(PolynomialDecay(0.0, 0.875, 1152, 5760, power), "target-missed")
    assert one.severity == severity
    assert one.text == (
        "the last mask update is at step 5,752, before the end at step 5,760: "
        f"it reaches {reached} of the 87.50% asked for"
    )
    assert [mend.label for mend in one.mends] == [
        "end at step 5,752, the last mask update",
        "update the masks every 96 steps, which divides the schedule's 4,608",
        "update the masks every 72 steps, which divides the schedule's 4,608",
    ]
    mended = one.mends[0].apply(_article(PolynomialDecay(0.0, 0.875, 1152, 5760, power)))
    assert mended.reached == pytest.approx(0.875)


def test_an_end_after_the_run_is_told_with_what_is_reached() -> None:
    one = _found(_decay(1152, 7872, power=1), "end-beyond-run")
    assert one.severity == "error"
    assert one.text == (
        "the schedule ends at step 7,872 of a run of 5,760: "
        "it reaches 60.00% of the 87.50% asked for"
    )
    assert "train for 52 epochs, not 30" in [mend.label for mend in one.mends]


def test_a_curve_followed_in_fewer_than_five_updates_is_told() -> None:
    assert "warning few-updates" not in _codes(_decay(frequency=864))
    one = _found(_decay(frequency=1152), "few-updates")
    assert one.text == "only 4 mask updates follow the curve to 87.50%: use 5 or more"


def test_few_updates_are_no_finding_where_the_schedule_itself_goes_in_steps() -> None:
    class Stairs(PruningSchedule):
        vectorised: ClassVar[bool] = True

        def __call__(self, step: Any) -> tuple[Any, Any]:
            stairs = np.select([step < 2000, step < 3000], [0.25, 0.5], 0.75)
            return np.isin(step, [1000, 2000, 3000]), stairs

        def get_config(self) -> dict[str, Any]:
            return {"class_name": "Stairs", "config": {}}

    assert _codes(Stairs()) == []


def test_a_jump_that_rare_updates_make_is_a_warning() -> None:
    one = _found(_decay(frequency=1152), "large-jump")
    assert one.severity == "warning"
    assert one.text == (
        "the mask update at step 2,304 raises sparsity from 0.00% to 61.57% at once, "
        "by more than 30%"
    )


@pytest.mark.parametrize("begin", [0, 1000, 1152])
def test_a_jump_that_the_schedule_asks_for_is_a_note(begin: int) -> None:
    one = _found(ConstantSparsity(0.5, begin), "large-jump")
    assert one.severity == "note"
    assert "from 0.00% to 50.00% at once" in one.text
    assert isinstance(one.mends[0].schedule, PolynomialDecay)
    assert one.mends[0].schedule.final_sparsity == 0.5


def test_the_size_of_a_jump_that_is_told_is_for_the_user_to_say() -> None:
    plan = _article(ConstantSparsity(0.5, 1152))
    assert [one.code for one in diagnose(plan, jump=0.4)] == ["large-jump"]
    assert diagnose(plan, jump=0.5) == []
    for wrong in (0.0, 1.1, float("nan")):
        with pytest.raises(UsageError, match="jump="):
            diagnose(plan, jump=wrong)


def test_much_pruned_in_the_first_epoch_is_told_unless_the_weights_are_trained() -> None:
    plan = _article(ConstantSparsity(0.5, 0))
    early, jump = plan.findings
    assert (early.code, early.severity, jump.severity) == ("early", "warning", "note")
    assert early.text == (
        "50.00% of the weights are pruned by step 192, in the first epoch: "
        "too early unless they are trained already"
    )
    assert early.mends[0].schedule == ConstantSparsity(0.5, 193)
    assert [one.code for one in diagnose(plan, trained=True)] == ["large-jump"]


def test_a_curve_that_begins_at_nothing_may_begin_at_once() -> None:
    assert _codes(_decay(0, 4608)) == []


@pytest.mark.parametrize(("begin", "early"), [(192, True), (193, False)])
def test_the_last_step_of_the_first_epoch_is_still_early(begin: int, early: bool) -> None:
    assert ("warning early" in _codes(ConstantSparsity(0.5, begin))) == early


def test_in_a_run_of_few_epochs_the_first_tenth_counts_as_early() -> None:
    (one, _) = Plan(ConstantSparsity(0.5, 90), 1000, 1000).findings
    assert "by step 100, in the first 10% of the run" in one.text
    assert [one.code for one in Plan(ConstantSparsity(0.5, 110), 1000, 1000).findings] == [
        "large-jump"
    ]


def test_pruning_to_the_very_end_leaves_no_time_to_recover() -> None:
    one = _found(PolynomialDecay(0.0, 0.875, 1152, 5760, 1, 96), "no-recovery")
    assert one.severity == "warning"
    assert one.text == (
        "sparsity still rises from 83.85% to 87.50% in the last 192 steps, "
        "and 0 steps are left to recover"
    )
    assert one.mends[0].schedule == PolynomialDecay(0.0, 0.875, 1152, 4608, 1, 96)


def test_a_decay_the_wrong_way_round_is_turned() -> None:
    schedule = PolynomialDecay(0.3, 0.1, 1152, 4608, frequency=96)
    one = _found(schedule, "falling")
    assert one.severity == "warning"
    assert "falls from 30.00% to 10.00%" in one.text
    assert one.mends[0].schedule == PolynomialDecay(0.1, 0.3, 1152, 4608, frequency=96)


class _Wave(PruningSchedule):
    """Dense and half sparse by turns; it ends sparse."""

    vectorised: ClassVar[bool] = True
    target_sparsity = 0.25

    def __call__(self, step: Any) -> tuple[Any, Any]:
        return step % 500 == 0, np.where(step // 500 % 2, self.target_sparsity, 0.0)

    def get_config(self) -> dict[str, Any]:
        return {"class_name": type(self).__name__, "config": {}}


class _WaveOnPurpose(_Wave):
    vectorised: ClassVar[bool] = True
    falls_by_design: ClassVar[bool] = True


def test_weights_that_come_back_are_a_note_unless_the_class_means_it() -> None:
    assert _codes(_Wave()) == ["note falling"]
    assert (
        "at step 1,000 lowers sparsity from 25.00% to 0.00%" in _article(_Wave()).findings[0].text
    )
    assert _codes(_WaveOnPurpose()) == []


def test_a_wave_that_ends_dense_reached_its_crest() -> None:
    assert Plan(_WaveOnPurpose(), 5400, EPOCH).findings == ()
    assert [one.code for one in Plan(_Wave(), 5400, EPOCH).findings] == ["target-missed", "falling"]


def test_very_frequent_updates_are_a_note() -> None:
    one = _found(_decay(frequency=1), "many-updates")
    assert one.severity == "note"
    assert one.text.startswith("3,457 mask updates, one every step")


def test_errors_come_first_then_warnings_then_notes() -> None:
    assert _codes(PolynomialDecay(0.5, 0.875, 1, 5760, 1 / 3, 100)) == [
        "error target-missed",
        "warning early",
        "warning no-recovery",
        "note large-jump",
    ]


def test_schedules_without_these_parameters_are_linted_too() -> None:
    layers = ScheduleByLayer({"a": ConstantSparsity(0.8, 0), "b": _decay(1152, 8000)})
    assert "warning early" in _codes(layers)

    class Never(PruningSchedule):
        def __call__(self, step: int) -> tuple[bool, float]:
            return step % 50 == 0 and step >= 6000, 0.8

        def get_config(self) -> dict[str, Any]:
            return {"class_name": "Never", "config": {}}

    (one,) = _article(Never()).findings
    assert one.text == "nothing will be pruned: no mask update falls in the run's 5,760 steps"


def test_a_million_mask_updates_are_diagnosed_with_one_mend() -> None:
    # A trial of a mend takes milliseconds there, so the search ends with the first good one.
    (one,) = Plan(_decay(1, 900_000, frequency=1), 1_000_000, 1_000).findings
    assert one.code == "many-updates"
    assert len(one.mends) == 1


@pytest.mark.parametrize("begin", [None, "early", [3], float("nan")])
def test_a_class_that_holds_something_else_as_begin_step_is_planned(begin: object) -> None:
    class Own(ConstantSparsityByStep):
        begin_step = begin
        final_sparsity = begin

    assert ScheduleByLayer({"a": Own()}).begin_step == 0
    plan = Plan(Own(), 100, 10)
    assert plan.findings is not None
    assert plan.scheduled[[9, 99]].tolist() == [np.float32(0.8)] * 2
    assert plan.summary.startswith("10 mask updates, first at step 10")


class ConstantSparsityByStep(PruningSchedule):
    """80 % at every tenth step, as a user writes it."""

    def __call__(self, step: int) -> tuple[bool, float]:
        return step % 10 == 0, 0.8

    def get_config(self) -> dict[str, Any]:
        return {"class_name": "ConstantSparsityByStep", "config": {}}
