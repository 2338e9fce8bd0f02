"""A user's own schedule: a class with two methods, used wherever a shipped one is."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from prunelab import ConstantSparsity, Plan, PruningSchedule, RunConfig, UsageError
from prunelab.schedules import schedule_from_record, schedule_record


class Late(PruningSchedule):
    """Written for single steps: comparisons and `and` fail on arrays."""

    def __init__(self, sparsity: float = 0.8, every: int = 50) -> None:
        self.sparsity, self.every = sparsity, every

    def __call__(self, step: int) -> tuple[bool, float]:
        return step % self.every == 0 and step >= 100, self.sparsity if step >= 150 else 0.4

    def get_config(self) -> dict[str, Any]:
        return {
            "class_name": "Late",
            "config": {"sparsity": self.sparsity, "every": self.every},
        }


class Answering(PruningSchedule):
    """Answers whatever it was told to."""

    def __init__(self, *answer: Any) -> None:
        self.answer = answer

    def __call__(self, step: int) -> Any:
        return self.answer

    def get_config(self) -> dict[str, Any]:
        return {"class_name": "Answering", "config": {}}


def test_it_is_asked_step_by_step_for_an_array() -> None:
    should, sparsity = Late().on([[1, 100], [125, 150]])
    assert should.tolist() == [[False, True], [False, True]]
    assert sparsity.tolist() == np.float32([[0.4, 0.4], [0.4, 0.8]]).tolist()
    assert (should.dtype, sparsity.dtype) == (np.bool_, np.float32)


def test_it_is_planned_like_any_other() -> None:
    plan = Plan(Late(), steps=210, steps_per_epoch=70)
    assert plan.update_steps.tolist() == [100, 150, 200]
    assert plan.reached == np.float32(0.8)


def test_it_is_made_again_from_its_config_by_name() -> None:
    again = PruningSchedule.from_config(Late(0.7, 10).get_config())
    assert type(again) is Late
    assert (again.sparsity, again.every) == (0.7, 10)


def _without_its_class(schedule: PruningSchedule, steps: int) -> PruningSchedule:
    """The schedule as a process knows it that cannot import the class: by plain data alone."""
    record = json.loads(json.dumps(schedule_record(schedule, steps)))
    again = schedule_from_record(record)
    assert again is not None
    assert type(again) is not type(schedule)
    return again


def test_another_process_gets_the_same_answers_on_every_step() -> None:
    steps = np.arange(1, 301)
    theirs, ours = _without_its_class(Late(), 300).on(steps), Late().on(steps)
    assert np.array_equal(theirs[0], ours[0])
    assert np.array_equal(theirs[1], ours[1])


def test_another_process_sees_its_config_and_hands_it_on() -> None:
    again = _without_its_class(Late(0.7, 10), 300)
    assert again.get_config() == Late(0.7, 10).get_config()
    assert schedule_record(again, 300) == schedule_record(Late(0.7, 10), 300)


def test_its_record_grows_with_its_changes_and_not_with_its_steps() -> None:
    record = schedule_record(Late(every=10_000), 1_000_000)
    assert record is not None
    assert len(json.dumps(record)) < 20_000


def test_past_the_recorded_steps_it_answers_no_more() -> None:
    with pytest.raises(UsageError, match=r"step 301 is outside the steps 1 to 300.*Late.*longer"):
        _without_its_class(Late(), 300).on([300, 301])


def test_a_running_training_asks_ahead_no_further_than_there_are_answers() -> None:
    recorded = _without_its_class(Late(), 300)
    assert recorded.ahead(290, 5).tolist() == [290, 291, 292, 293, 294]
    assert recorded.ahead(299, 5).tolist() == [299, 300]
    # Past the end it is asked all the same, so that it says what is wrong.
    assert recorded.ahead(301, 5).tolist() == [301]
    assert ConstantSparsity(0.5, 0).ahead(1000, 3).tolist() == [1000, 1001, 1002]


def test_what_answers_a_step_at_a_time_is_asked_for_that_step_alone() -> None:
    assert Late().ahead(7, 4096).tolist() == [7]


def test_a_shipped_schedule_is_recorded_by_its_config_alone() -> None:
    schedule = ConstantSparsity(0.5, 0)
    assert schedule_record(schedule, 100) == schedule.get_config()
    assert schedule_from_record(schedule.get_config()) == schedule


def test_no_schedule_is_no_record() -> None:
    assert schedule_record(None, 100) is None
    assert schedule_from_record(None) is None


def test_a_run_config_carries_it_to_another_process() -> None:
    config = RunConfig(Late(0.6, 25), epochs=4, batch_size=16, seed=3, name="mine")
    again = RunConfig.from_record(json.loads(json.dumps(config.to_record())))
    assert again.plan.update_steps.tolist() == config.plan.update_steps.tolist()
    assert again.plan.update_sparsity.tolist() == config.plan.update_sparsity.tolist()
    assert again.to_record() == config.to_record()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((True, 1.0), r"Answering asks for sparsity 1 at step 1: .*\[0, 1\)"),
        ((True, -0.5), r"Answering asks for sparsity -0\.5 at step 1"),
        ((True, float("nan")), r"Answering asks for sparsity nan at step 1"),
    ],
)
def test_a_sparsity_out_of_range_is_named_with_its_step(answer: tuple[Any, ...], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Answering(*answer).on([1, 2])


def test_arrays_of_another_shape_are_refused() -> None:
    class Wrong(Answering):
        vectorised = True

    with pytest.raises(UsageError, match=r"Wrong answered \(2,\) and \(\) for steps of shape \(3,"):
        Wrong(np.array([True, False]), 0.5).on([1, 2, 3])


@pytest.mark.parametrize("answer", [(None, None), (True,), (True, "half"), (True, [0.1, 0.2])])
def test_an_answer_that_is_no_bool_and_fraction_is_a_usage_error(answer: tuple[Any, ...]) -> None:
    with pytest.raises(UsageError, match="Answering"):
        Answering(*answer).on([1, 2])
