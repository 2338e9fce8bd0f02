"""The two schedules: what they take, refuse and answer."""

from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunelab import ConstantSparsity, PolynomialDecay, PruningSchedule, UsageError

SPARSITY = st.floats(0.0, 0.999)
STEP = st.integers(0, 10_000)
FREQUENCY = st.integers(1, 200)


@st.composite
def constants(draw: st.DrawFn) -> ConstantSparsity:
    begin = draw(STEP)
    end = draw(st.one_of(st.just(-1), st.integers(begin, begin + 10_000)))
    return ConstantSparsity(draw(SPARSITY), begin, end, draw(FREQUENCY))


@st.composite
def decays(draw: st.DrawFn) -> PolynomialDecay:
    begin = draw(STEP)
    end = draw(st.integers(begin + 1, begin + 10_000))
    power = draw(st.one_of(st.just(0), st.floats(1.0, 10.0)))
    return PolynomialDecay(draw(SPARSITY), draw(SPARSITY), begin, end, power, draw(FREQUENCY))


SCHEDULES = st.one_of(constants(), decays())


def _signature(kind: type) -> dict[str, Any]:
    return {name: one.default for name, one in inspect.signature(kind).parameters.items()}


def test_constant_sparsity_has_the_reference_s_names_order_and_defaults() -> None:
    assert list(_signature(ConstantSparsity).items()) == [
        ("target_sparsity", inspect.Parameter.empty),
        ("begin_step", inspect.Parameter.empty),
        ("end_step", -1),
        ("frequency", 100),
    ]


def test_polynomial_decay_has_the_reference_s_names_order_and_defaults() -> None:
    assert list(_signature(PolynomialDecay).items()) == [
        ("initial_sparsity", inspect.Parameter.empty),
        ("final_sparsity", inspect.Parameter.empty),
        ("begin_step", inspect.Parameter.empty),
        ("end_step", inspect.Parameter.empty),
        ("power", 3),
        ("frequency", 100),
    ]


def test_a_schedule_cannot_be_changed_and_compares_by_value() -> None:
    schedule = ConstantSparsity(0.5, 0)
    with pytest.raises(FrozenInstanceError):
        schedule.target_sparsity = 0.9  # type: ignore[misc]
    assert schedule == ConstantSparsity(0.5, 0)
    assert len({schedule, ConstantSparsity(0.5, 0), ConstantSparsity(0.6, 0)}) == 2


BAD_CONSTANTS = [
    ({"target_sparsity": 1.0}, r"target_sparsity=1\.0 .*\[0, 1\).*fraction"),
    ({"target_sparsity": -0.1}, r"target_sparsity=-0\.1 .*\[0, 1\).*fraction"),
    ({"target_sparsity": 87.5}, r"target_sparsity=87\.5 .*\[0, 1\).*0\.875"),
    ({"target_sparsity": float("nan")}, r"target_sparsity=nan .*\[0, 1\)"),
    ({"target_sparsity": 0.99999999}, r"target_sparsity=0\.99999999 is 1 in float32.*use 0\.9999"),
    ({"target_sparsity": "half"}, r"target_sparsity='half' is not a number: use .*0\.875"),
    ({"target_sparsity": True}, r"target_sparsity=True is not a number: use"),
    ({"target_sparsity": None}, r"target_sparsity=None is not a number: use"),
    ({"begin_step": -1}, r"begin_step=-1 must be at least 0: use 0"),
    ({"begin_step": 2.5}, r"begin_step=2\.5 is not a whole number of steps: use 2"),
    ({"begin_step": True}, r"begin_step=True is not a number of steps: use"),
    ({"begin_step": np.True_}, r"begin_step=.*True.* is not a number of steps: use"),
    ({"begin_step": "10"}, r"begin_step='10' is not a number of steps: use"),
    ({"begin_step": float("inf")}, r"begin_step=inf is not a number of steps: use"),
    ({"end_step": -2}, r"end_step=-2 must be at least 0: use -1"),
    ({"begin_step": 10, "end_step": 9}, r"end_step=9 is before begin_step=10: use 10 or later"),
    ({"frequency": 0}, r"frequency=0 must be at least 1: use 1"),
    ({"frequency": 0.5}, r"frequency=0\.5 is not a whole number"),
]


@pytest.mark.parametrize(("values", "told"), BAD_CONSTANTS, ids=[str(v) for v, _ in BAD_CONSTANTS])
def test_constant_sparsity_refuses_with_value_rule_and_mend_in_a_line(
    values: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told) as error:
        ConstantSparsity(**{"target_sparsity": 0.5, "begin_step": 0, **values})
    assert "\n" not in str(error.value)


BAD_DECAYS = [
    ({"initial_sparsity": 1.5}, r"initial_sparsity=1\.5 .*\[0, 1\)"),
    ({"final_sparsity": 1}, r"final_sparsity=1 .*\[0, 1\)"),
    ({"end_step": -1}, r"end_step=-1 leaves the decay without an end: give"),
    ({"end_step": -5}, r"end_step=-5 must be at least 0: use the step"),
    ({"begin_step": 100}, r"end_step=100 equals begin_step: .*use a later end_step"),
    ({"begin_step": 101}, r"end_step=100 is before begin_step=101"),
    ({"power": -1}, r"power=-1 must be from 0 to 1,000,000: use 3"),
    ({"power": float("inf")}, r"power=inf must be from 0 to 1,000,000"),
    ({"power": "cubic"}, r"power='cubic' is not a number: use .*3"),
    ({"power": True}, r"power=True is not a number"),
    ({"frequency": -100}, r"frequency=-100 must be at least 1"),
]


@pytest.mark.parametrize(("values", "told"), BAD_DECAYS, ids=[str(v) for v, _ in BAD_DECAYS])
def test_polynomial_decay_refuses_with_value_rule_and_mend_in_a_line(
    values: dict[str, Any], told: str
) -> None:
    good = {"initial_sparsity": 0.0, "final_sparsity": 0.5, "begin_step": 0, "end_step": 100}
    with pytest.raises(UsageError, match=told) as error:
        PolynomialDecay(**{**good, **values})
    assert "\n" not in str(error.value)


def test_a_usage_error_is_a_value_error_like_the_reference_s() -> None:
    with pytest.raises(ValueError, match="begin_step"):
        ConstantSparsity(0.5, -1)


@pytest.mark.parametrize("whole", [200, 200.0, np.float64(200), np.float32(200), np.int32(200)])
def test_whole_numbers_of_any_type_are_steps(whole: Any) -> None:
    schedule = PolynomialDecay(0.0, 0.5, 0, whole, frequency=whole)
    assert schedule == PolynomialDecay(0.0, 0.5, 0, 200, frequency=200)
    assert type(schedule.end_step) is int


def test_a_share_of_another_step_works_where_the_reference_fails_in_fit() -> None:
    end = 1000
    assert ConstantSparsity(0.5, 0.2 * end).begin_step == 200


def test_numpy_fractions_become_plain_ones() -> None:
    assert type(ConstantSparsity(np.float64(0.5), 0).target_sparsity) is float


@given(SCHEDULES, st.lists(st.integers(0, 25_000), min_size=1, max_size=30))
def test_an_array_of_steps_is_answered_like_its_steps_one_by_one(
    schedule: PruningSchedule, steps: list[int]
) -> None:
    should, sparsity = schedule(np.array(steps))
    one_by_one = [schedule(step) for step in steps]
    assert should.tolist() == [bool(answer[0]) for answer in one_by_one]
    assert sparsity.tolist() == [float(answer[1]) for answer in one_by_one]


@given(SCHEDULES, st.sampled_from([(), (0,), (3,), (2, 3), (2, 1, 4)]))
def test_answers_are_bool_and_float32_of_the_steps_shape(
    schedule: PruningSchedule, shape: tuple[int, ...]
) -> None:
    for should, sparsity in (schedule(np.ones(shape, np.int64)), schedule.on(np.ones(shape, int))):
        assert np.shape(should) == np.shape(sparsity) == shape
        assert should.dtype == np.bool_
        assert sparsity.dtype == np.float32


@pytest.mark.parametrize("step", [7, np.int64(7), np.int32(7)])
def test_one_step_is_answered_by_scalars(step: Any) -> None:
    should, sparsity = PolynomialDecay(0.0, 0.5, 0, 10, frequency=7)(step)
    assert isinstance(should, np.bool_)
    assert isinstance(sparsity, np.float32)
    assert bool(should) is True


@given(SCHEDULES)
def test_a_schedule_is_made_again_from_its_config(schedule: PruningSchedule) -> None:
    assert PruningSchedule.from_config(schedule.get_config()) == schedule
    assert type(schedule).from_config(schedule.get_config()["config"]) == schedule


def test_a_config_with_an_unknown_class_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"'Cubic' is not a known.*ConstantSparsity.*Polynomial"):
        PruningSchedule.from_config({"class_name": "Cubic", "config": {}})


@pytest.mark.parametrize(
    "config",
    [
        {"class_name": "ConstantSparsity", "config": {"sparsity": 0.5}},
        {"class_name": "ConstantSparsity", "config": {}},
        {"class_name": "ConstantSparsity", "config": [0.5, 0]},
        {"class_name": "ConstantSparsity", "config": {"target_sparsity": 2, "begin_step": 0}},
        {"target_sparsity": 0.5, "begin_step": 0},
        "ConstantSparsity",
    ],
)
def test_a_config_that_does_not_fit_is_a_usage_error_in_a_line(config: Any) -> None:
    with pytest.raises(UsageError) as error:
        PruningSchedule.from_config(config)
    assert "\n" not in str(error.value)


@given(decays())
def test_a_decay_starts_at_initial_and_ends_at_final(schedule: PolynomialDecay) -> None:
    ends = schedule.on([0, schedule.begin_step, schedule.end_step, schedule.end_step + 9_999])[1]
    before = [schedule.initial_sparsity] * 2
    after = [schedule.final_sparsity] * 2
    # A power of 0 is the reference's constant `initial_sparsity`.
    expected = before + (before if schedule.power == 0 else after)
    assert np.abs(ends - np.float32(expected)).max() <= 2.0**-23


@given(decays())
def test_a_decay_never_turns_back(schedule: PolynomialDecay) -> None:
    steps = np.linspace(0, schedule.end_step + 10, 200).astype(int)
    moves = np.diff(schedule.on(steps)[1])
    assert (moves >= 0).all() or (moves <= 0).all()


@given(SCHEDULES, st.lists(st.integers(0, 25_000), min_size=1, max_size=30))
def test_the_density_is_what_is_left_of_the_sparsity(
    schedule: PruningSchedule, steps: list[int]
) -> None:
    for step in steps:
        assert abs(float(schedule.density(step)) - (1 - float(schedule(step)[1]))) <= 2.0**-23


def test_masks_change_from_begin_to_end_every_frequency_steps() -> None:
    schedule = ConstantSparsity(0.5, begin_step=5, end_step=16, frequency=5)
    steps = np.arange(1, 40)
    assert steps[schedule.on(steps)[0]].tolist() == [5, 10, 15]


def test_without_an_end_masks_change_for_ever() -> None:
    assert ConstantSparsity(0.5, 0)(1_000_000_000)[0]
