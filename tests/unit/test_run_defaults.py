"""What a user left out fits the run: it never is why nothing is pruned or a target is missed."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prunelab import Plan, UsageError
from prunelab.plan import blocking
from prunelab.schedules.catalog import KINDS, make_schedule

many = settings(max_examples=300, deadline=None, database=None)

STEP_FIELDS = ("begin_step", "end_step", "frequency")
LENGTHS = [*range(1, 60), 72, 97, 384, 1080, 5760, 10_007, 46_890, 1_000_003]


def _plan(kind: str, values: dict[str, Any], steps: int) -> Plan:
    return Plan(make_schedule(kind, values, steps), steps, max(steps // 5, 1))


def _good(plan: Plan) -> bool:
    return blocking(plan) is None and plan.masks_at(plan.update_steps).max(initial=0.0) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_alone_reaches_its_target_on_a_run_of_any_length(kind: str) -> None:
    for steps in LENGTHS:
        plan = _plan(kind, {}, steps)
        assert _good(plan), steps
        target = {"dsd": 0.0, "imp": 1 - 0.8 ** min(7, max(steps - 1, 1))}.get(kind, 0.875)
        if steps > 12:
            assert plan.reached == pytest.approx(target), steps
            # Time to learn at first, and to recover at the end.
            assert plan.update_steps[0] == round(steps * 0.2)
            assert kind == "constant" or plan.update_steps[-1] <= round(steps * 0.8)


# What beside begin, end and frequency asks for room.
_MORE: dict[str, dict[str, list[Any]]] = {
    "polynomial": {"power": [0.25, 1]},
    "cyclical": {"cycles": [1, 3]},
    "iterative": {"rounds": [1, 3]},
    "imp": {"rounds": [1, 3], "steps_per_round": [1, 2]},
    "ac-dc": {"phase_steps": [1, 2]},
}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "multi-step"])
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_what_was_given_decides_alone_whether_the_target_can_be_reached(
    kind: str, steps: int
) -> None:
    """If any values beside those that were given reach it, the defaults do."""
    names = [field.name for field in KINDS[kind].fields if field.name in STEP_FIELDS]
    reach: dict[str, list[Any]] = {name: [*range(1, steps + 2)] for name in names}
    reach |= {"begin_step": [*range(steps + 2)], **_MORE.get(kind, {})}
    if "end_step" in names:
        reach["end_step"] = [*range(1, steps + 1)]

    def good(values: dict[str, Any]) -> bool:
        try:
            return _good(_plan(kind, values, steps))
        except UsageError:
            return False

    works = [
        dict(zip(reach, values, strict=True))
        for values in product(*reach.values())
        if good(dict(zip(reach, values, strict=True)))
    ]
    assert works
    for count in range(len(reach)):
        for some in combinations(reach, count):
            if set(STEP_FIELDS) <= set(some):
                continue  # Whether the end is an update was said.
            for values in product(*(reach[name] for name in some)):
                chosen = dict(zip(some, values, strict=True))
                possible = any(chosen.items() <= one.items() for one in works)
                assert good(chosen) or not possible, chosen


@many
@given(st.sampled_from(list(KINDS)), st.integers(20, 20_000), st.data())
def test_one_choice_is_kept_and_the_rest_fits_it(
    kind: str, steps: int, data: st.DataObject
) -> None:
    names = [field.name for field in KINDS[kind].fields if field.name in STEP_FIELDS]
    if kind == "multi-step":
        names = ["frequency"]
    name = data.draw(st.sampled_from(names))
    most = {"begin_step": steps - 1, "end_step": steps, "frequency": steps}[name]
    value = data.draw(st.integers(1, most))
    plan = _plan(kind, {name: value}, steps)
    assert getattr(plan.schedule, name) == value
    assert _good(plan)


@pytest.mark.parametrize(
    ("values", "steps", "made"),
    [
        # The example of two epochs of the digits.
        ({"final_sparsity": "0.8", "begin_step": "20%"}, 72, (14, 58, 2)),
        ({"begin_step": 0}, 5760, (0, 4608, 144)),
        ({"begin_step": "90%"}, 1000, (900, 950, 2)),
        ({"frequency": 100}, 5760, (1152, 4552, 100)),
        ({"frequency": 100}, 384, (77, 277, 100)),
        ({"frequency": 300}, 384, (77, 377, 300)),
        ({"frequency": 350}, 384, (34, 384, 350)),
        ({"end_step": "100%"}, 5760, (1152, 5760, 144)),
        ({"end_step": 100}, 5760, (25, 100, 3)),
        ({"end_step": "80%", "frequency": 100}, 5760, (1108, 4608, 100)),
        ({"begin_step": 1000, "end_step": 4000}, 5760, (1000, 4000, 100)),
        ({"begin_step": 1000, "frequency": 250}, 5760, (1000, 4500, 250)),
        # From 20 % to 80 % it is a prime, 3,001: the end moves, and updates are not at every step.
        ({}, 5001, (1000, 4000, 100)),
    ],
)
def test_begin_end_and_frequency_beside_what_was_given(
    values: dict[str, Any], steps: int, made: tuple[int, int, int]
) -> None:
    schedule: Any = make_schedule("polynomial", values, steps)
    assert (schedule.begin_step, schedule.end_step, schedule.frequency) == made


def test_a_begin_after_the_run_is_all_that_is_amiss() -> None:
    for kind in ("polynomial", "imp", "constant", "cyclical"):
        plan = _plan(kind, {"begin_step": 2000}, 1080)
        found = blocking(plan)
        assert found is not None
        assert "begins at step 2,000" in found.text
        assert _good(found.mends[0].apply(plan))
        assert getattr(plan.schedule, "rounds", 7) == 7


def test_a_final_sparsity_is_not_below_the_initial_one_by_default() -> None:
    schedule: Any = make_schedule("cosine", {"initial_sparsity": 0.9}, 1000)
    assert schedule.final_sparsity == 0.9


def test_rounds_and_cycles_that_were_asked_for_get_their_room() -> None:
    imp: Any = make_schedule("imp", {"rounds": 20, "begin_step": "50%"}, 1000)
    assert imp.begin_step + 19 * imp.steps_per_round <= 800
    jumps: Any = make_schedule("iterative", {"rounds": 50}, 60)
    assert (jumps.begin_step, jumps.end_step) == (10, 60)
    waves: Any = make_schedule("cyclical", {"cycles": 50}, 60)
    assert (waves.begin_step, waves.end_step, waves.cycles) == (10, 60, 50)


@pytest.mark.parametrize(
    ("kind", "values", "told"),
    [
        ("polynomial", {"frequency": 0}, "frequency=0 must be at least 1"),
        ("polynomial", {"begin_step": -5}, "begin_step=-5 must be at least 0"),
        ("polynomial", {"end_step": -1}, "without an end"),
        ("polynomial", {"end_step": 0}, "end_step=0 equals begin_step"),
        ("constant", {"frequency": -3}, "frequency=-3 must be at least 1"),
        ("cyclical", {"cycles": 0}, "cycles=0 must be from 1"),
        ("iterative", {"rounds": -1}, "rounds=-1 must be from 1"),
        ("imp", {"steps_per_round": 0}, "steps_per_round=0 must be from 1"),
        ("imp", {"rounds": 0}, "rounds=0 must be from 1"),
        ("dsd", {"end_step": -2}, "end_step=-2 must be at least 0"),
        ("ac-dc", {"phase_steps": -1}, "phase_steps=-1 must be from 1"),
    ],
)
@pytest.mark.parametrize("steps", [1, 72, 5760])
def test_a_choice_that_breaks_a_rule_is_told_as_it_is(
    kind: str, values: dict[str, Any], told: str, steps: int
) -> None:
    with pytest.raises(UsageError, match=told):
        make_schedule(kind, values, steps)
