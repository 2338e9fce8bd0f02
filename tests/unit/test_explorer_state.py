"""What is chosen and shown of schedules, as values, without widgets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from prunelab import UsageError
from prunelab.explorer.scene import Scene
from prunelab.schedules import ConstantSparsity, PolynomialDecay
from prunelab.ui.schedule.draft import ScheduleDraft
from prunelab.ui.schedule.state import ExplorerState


@pytest.fixture
def state():
    return ExplorerState(None, samples=1000, batch_size=10, epochs=10)


@pytest.fixture
def changes(state):
    """The names of the traits that change, in order."""
    seen = []
    state.observe(lambda change: seen.append(change["name"]), ["scene", "draft", "error"])
    return seen


def typed(draft: ScheduleDraft, name: str, text: str) -> ScheduleDraft:
    field = next(field for field in draft.fields if field.name == name)
    return draft.with_entry(field, draft.entries[field].after_typing(text, field, draft.steps))


def test_a_good_draft_is_the_edited_schedule_and_is_drawn_once(state, changes):
    state.draft = typed(state.draft, "final_sparsity", "50%")
    assert state.edited.schedule == state.draft.schedule()
    assert state.plan.reached == pytest.approx(0.5)
    assert sorted(changes) == ["draft", "scene"]


def test_what_is_written_twice_changes_nothing(state, changes):
    state.draft = typed(state.draft, "final_sparsity", "0.875")
    state.draft = state.draft.with_steps(1000).with_kind("polynomial")
    state.scene = replace(state.scene, epochs=10)
    state.set_run(1000, 10, 10)
    state.show(state.scene)
    state.rename(" schedule 1 ")
    assert changes == []


def test_a_bad_draft_leaves_the_scene_as_it_is_until_it_is_mended(state, changes):
    scene = state.scene
    state.draft = typed(state.draft, "begin_step", "x")
    assert "beside it" in state.error
    assert state.scene is scene
    with pytest.raises(UsageError, match="begin_step='x'"):
        state.draft.schedule()
    state.draft = typed(state.draft, "begin_step", "30%")
    assert state.error == ""
    assert state.edited.schedule.begin_step == 300


def test_a_bad_draft_stays_on_another_run_and_goes_with_another_schedule(state):
    state.draft = typed(state.draft, "frequency", "often")
    state.set_run(1000, 10, 20)
    assert state.scene.steps == state.draft.steps == 2000
    assert state.draft.errors == {"frequency": state.draft.errors["frequency"]}
    state.choose(state.edited.schedule)
    assert state.error == ""


def test_a_link_is_one_change_of_schedule_run_and_axis(state, changes):
    link = "schedule=constant&target=0.6&samples=2000&batch_size=10&epochs=5&axis=epoch"
    scene = Scene.from_query(link, state.scene)
    state.show(scene)
    assert sorted(changes) == ["draft", "scene"]
    assert state.scene == scene
    assert state.draft.kind == "constant"
    assert state.draft.steps == 1000


def test_another_run_stretches_the_edited_schedule_alone(state):
    state.choose(PolynomialDecay(0.0, 0.5, 200, 800, frequency=7))
    state.add()
    state.set_run(1000, 10, 20)
    first, second = (named.schedule for named in state.scene.schedules)
    assert (first.begin_step, first.end_step) == (200, 800)
    assert (second.begin_step, second.frequency) == (400, 7)


def test_plans_of_schedules_that_stay_are_computed_once(state):
    state.add()
    first, second = state.plans
    state.choose(ConstantSparsity(0.5, 1))
    assert state.plans[0] is first
    assert state.plans[1] is not second
    state.set_run(2000, 10, 10)
    assert state.plans[0] is not first


def test_errors_are_shown_in_their_order_and_a_change_clears_a_failure(state):
    state.refuse_run("the run is bad")
    state.fail("it cannot be done")
    assert state.error == "it cannot be done"
    state.add()
    assert state.error == "the run is bad"
    state.set_run(1000, 10, 20)
    assert state.error == ""


def test_a_run_that_cannot_be_changes_nothing(state, changes):
    with pytest.raises(UsageError, match=r"steps|samples"):
        state.set_run(10**9, 1, 10**3)
    assert changes == []


def test_a_value_of_more_digits_than_are_shown_stays_the_whole_value():
    sparsity = 0.123456789012345
    draft = ScheduleDraft.of(1000, ConstantSparsity(sparsity, 1))
    draft = typed(draft, "target_sparsity", "much")
    assert draft.errors
    draft = typed(draft, "target_sparsity", "0.123456789")
    assert draft.schedule().target_sparsity == sparsity
