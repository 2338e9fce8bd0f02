"""What holds for the schedules of every kind of the catalog."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest
from any_schedule import ANY, ramps, usual
from hypothesis import given, settings
from hypothesis import strategies as st

import prunelab
from prunelab import Plan, PruningSchedule, RunConfig, UsageError
from prunelab.lab import SCHEDULES, make_schedule
from prunelab.schedules.catalog import KINDS, Kind, kind_of

EVERY_KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@EVERY_KIND
@pytest.mark.parametrize("steps", [10, 37, 1_000, 100_000])
def test_the_usual_values_prune_a_run_of_any_length(kind: Kind, steps: int) -> None:
    schedule = usual(kind, steps)
    plan = Plan(schedule, steps, steps)
    assert len(plan.update_steps) >= 1
    assert 0.5 < plan.scheduled.max() < 0.9
    assert schedule.update_steps(steps).tolist() == plan.update_steps.tolist()


@EVERY_KIND
def test_a_kind_is_public_and_found_again(kind: Kind) -> None:
    assert getattr(prunelab, kind.schedule_class.__name__) is kind.schedule_class
    assert kind_of(usual(kind, 100)) is kind


@EVERY_KIND
def test_a_field_s_text_is_read_as_the_value_it_shows(kind: Kind) -> None:
    for field in kind.fields:
        if field.parse is not None:
            assert field.show is not None
            value = getattr(usual(kind, 1_000), field.name)
            assert field.parse(field.show(value), 1_000) == value


@EVERY_KIND
def test_a_run_takes_every_kind_and_its_record_gives_it_back(kind: Kind) -> None:
    schedule = usual(kind, 36)
    config = RunConfig(schedule, epochs=1)
    record = json.loads(json.dumps(config.to_record()))
    assert "answers" not in record["schedule"]
    assert RunConfig.from_record(record).schedule == schedule


@EVERY_KIND
def test_a_user_who_says_nothing_gets_a_schedule(kind: Kind) -> None:
    assert kind.key in SCHEDULES
    schedule = make_schedule(kind.key, {}, 1_000)
    assert type(schedule) is kind.schedule_class
    assert Plan(schedule, 1_000, 100).reached >= (0.0 if kind.key == "dsd" else 0.5)


@EVERY_KIND
def test_typed_values_come_to_the_same(kind: Kind) -> None:
    typed = {
        field.name: field.show(field.parse(str(field.default), 1_000))
        if field.parse and field.show
        else str(field.default)
        for field in kind.fields
    }
    assert make_schedule(kind.key, typed, 1_000) == usual(kind, 1_000)


@EVERY_KIND
def test_a_parameter_of_another_kind_is_refused_in_a_line(kind: Kind) -> None:
    with pytest.raises(UsageError, match="has no sharpness: it has "):
        make_schedule(kind.key, {"sharpness": 3}, 100)


@pytest.mark.parametrize(
    ("name", "told"),
    [("linear", "power 1"), ("cubic", "power 3"), ("cube", r"0\.875\*p\^3")],
)
def test_what_others_call_a_kind_is_told(name: str, told: str) -> None:
    with pytest.raises(UsageError, match=rf"is not known.*{told}"):
        make_schedule(name, {}, 100)


@settings(deadline=None)
@given(ANY)
def test_it_is_made_again_from_its_config_and_through_json_and_pickle(
    schedule: PruningSchedule,
) -> None:
    config = schedule.get_config()
    assert PruningSchedule.from_config(config) == schedule
    again = PruningSchedule.from_config(json.loads(json.dumps(config, allow_nan=False)))
    assert again == schedule
    assert hash(again) == hash(schedule)
    schedule.on([1, 2])  # What it remembers from an answer travels or not, but does not differ.
    assert pickle.loads(pickle.dumps(schedule)) == schedule


@given(ANY, st.integers(1, 12_000))
@settings(deadline=None)
def test_update_steps_are_those_at_which_it_answers_yes(
    schedule: PruningSchedule, steps: int
) -> None:
    should, sparsity = schedule.on(np.arange(1, steps + 1))
    assert schedule.update_steps(steps).tolist() == (np.flatnonzero(should) + 1).tolist()
    assert ((sparsity >= 0) & (sparsity < 1)).all()


@settings(deadline=None)
@given(ANY, st.lists(st.integers(0, 12_000), min_size=1, max_size=20))
def test_an_array_is_answered_like_its_steps_one_by_one(
    schedule: PruningSchedule, steps: list[int]
) -> None:
    should, sparsity = schedule(np.array(steps, np.int32).reshape(-1, 1))
    one_by_one: list[Any] = [schedule(step) for step in steps]
    assert should.ravel().tolist() == [bool(answer[0]) for answer in one_by_one]
    assert sparsity.ravel().tolist() == [float(answer[1]) for answer in one_by_one]
    assert (should.dtype, sparsity.dtype) == (np.bool_, np.float32)


@settings(deadline=None)
@given(ramps())
def test_a_ramp_ends_at_its_final_sparsity_and_never_turns_back(schedule: Any) -> None:
    steps = np.unique(np.linspace(schedule.begin_step, schedule.end_step + 9, 300).astype(int))
    found = schedule.on(np.maximum(steps, 1))[1]
    assert (found[steps >= schedule.end_step] == np.float32(schedule.final_sparsity)).all()
    moves = np.diff(found)
    rises = schedule.final_sparsity >= schedule.initial_sparsity
    assert (moves >= 0).all() if rises else (moves <= 0).all()


def test_a_subclass_that_answers_otherwise_is_asked_at_every_step() -> None:
    class Odd(prunelab.CosineSchedule):
        def __call__(self, step: Any) -> tuple[Any, Any]:
            return step % 2 == 1, 0.5

    class Even(prunelab.MultiStep):
        def __call__(self, step: Any) -> tuple[Any, Any]:
            return step % 2 == 0, 0.5

    assert Odd(0, 0.5, 0, 10).update_steps(6).tolist() == [1, 3, 5]
    assert Even({4: 0.5}).update_steps(6).tolist() == [2, 4, 6]
