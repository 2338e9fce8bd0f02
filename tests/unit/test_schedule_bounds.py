"""What schedules take and refuse at their bounds, the same for every kind of the catalog."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from prunelab import (
    ACDC,
    ConstantSparsity,
    Cyclical,
    FormulaSchedule,
    GeometricIMP,
    MultiStep,
    PointsSchedule,
    PruningSchedule,
    UsageError,
)
from prunelab.plan import Plan
from prunelab.schedules import schedule_from_record, schedule_record
from prunelab.schedules.catalog import KINDS, make_schedule, parameters_to_give
from prunelab.schedules.values.typed_numbers import fraction_from, number_from, whole_from
from prunelab.schedules.values.validation import seed_of

BAD: dict[str, list[Any]] = {
    "sparsity": [87.5, -0.1, 1.0, "half", True, None],
    "step": [2.5, -2, "ten", True, None, 2**31],
    "whole": [2.5, -1, "ten", True, None, 2**31],
    "number": ["steep", True, None, -1e9, float("nan")],
    "text": [7, None, "nonsense", True],
}
FIELDS = [(kind, field) for kind in KINDS.values() for field in kind.fields]


@pytest.mark.parametrize(
    ("kind", "field"), FIELDS, ids=[f"{kind.key} {field.name}" for kind, field in FIELDS]
)
def test_a_class_refuses_what_a_parameter_cannot_be_by_its_name(kind: Any, field: Any) -> None:
    good = kind.values({}, 1000)
    for bad in BAD[field.value_type]:
        with pytest.raises(UsageError, match=field.name) as error:
            kind.schedule_class(**{**good, field.name: bad})
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_numbers_of_numpy_become_plain_ones(kind: Any) -> None:
    good = kind.values({}, 1000)
    numbers = {int: np.int64, float: np.float64}
    made = kind.schedule_class(
        **{name: numbers.get(type(value), lambda v: v)(value) for name, value in good.items()}
    )
    assert made == kind.schedule_class(**good)
    for field in kind.fields:
        if field.value_type != "text":
            assert type(getattr(made, field.name)) in (int, float), field.name


@pytest.mark.parametrize(
    ("sparsity", "hint"),
    [(1.5, "0.015 for 1.5 %"), (99.5, "0.995 for 99.5 %"), (1.0, None), (100, None), (-3, None)],
)
def test_a_percentage_is_told_as_the_fraction_it_means(sparsity: float, hint: str | None) -> None:
    with pytest.raises(UsageError, match=r"in range \[0, 1\): use a fraction") as error:
        ConstantSparsity(sparsity, 0)
    assert (hint in str(error.value)) if hint else "that is" not in str(error.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda most: ConstantSparsity(0.5, most).begin_step,
        lambda most: ConstantSparsity(0.5, 0, most).end_step,
        lambda most: ConstantSparsity(0.5, 0, frequency=most).frequency,
        lambda most: GeometricIMP(0, most).steps_per_round,
        lambda most: ACDC(0.5, 0, 10, most).phase_steps,
        lambda most: MultiStep({1: 0.5}, most).frequency,
        lambda most: Cyclical(0, 0.5, 0, 2**31 - 1, most).cycles,
    ],
)
def test_steps_are_counted_up_to_what_the_reference_counts(make: Any) -> None:
    assert make(2**31 - 1) == make(Fraction(2**31 - 1)) == 2**31 - 1
    with pytest.raises(UsageError, match="2147483648"):
        make(2**31)


def test_a_seed_is_of_32_bits() -> None:
    assert (seed_of(0), seed_of(2**32 - 1), seed_of(7.0)) == (0, 2**32 - 1, 7)
    for wrong in (-1, 2**32, 0.5, True, "1"):
        with pytest.raises(UsageError, match="seed="):
            seed_of(wrong)


@pytest.mark.parametrize("wrong", ["12", "ab", 5, 0.5, [1, 2], [(1, 2, 3)], ["12"], None])
def test_what_is_no_table_is_refused_as_one(wrong: Any) -> None:
    with pytest.raises(UsageError, match=r"^table"):
        MultiStep(wrong)
    with pytest.raises(UsageError, match=r"^points"):
        PointsSchedule(wrong, 0, 10)


def test_rows_that_hold_typed_text_are_read_as_typed() -> None:
    made: Any = make_schedule("multi-step", {"table": [("20%", 0.25), (500, "75%")]}, 1000)
    assert made.table == ((200, 0.25), (500, 0.75))
    for wrong in ([("20%", "0.5", "1"), (500, 0.75)], [("20%",), (500, 0.75)]):
        with pytest.raises(UsageError, match="table"):
            make_schedule("multi-step", {"table": wrong}, 1000)


def test_a_value_that_is_no_text_is_taken_as_the_parameter_takes_it() -> None:
    made: Any = make_schedule("polynomial", {"power": 2.5, "frequency": 50.0}, 1000)
    assert (made.power, made.frequency) == (2.5, 50)
    with pytest.raises(UsageError, match=r"frequency=50\.5"):
        make_schedule("polynomial", {"frequency": 50.5}, 1000)


def test_a_text_longer_than_any_number_is_none() -> None:
    assert whole_from("7".rjust(40, "0"), "n") == 7
    assert number_from("1_000.5", "n") == 1000.5
    for text in ("7".rjust(41, "0"), "0," + "7" * 39):
        with pytest.raises(UsageError, match="is not a number") as error:
            fraction_from(text, "n")
        assert len(str(error.value)) < 120


@pytest.mark.parametrize(("begin", "end"), [(900, 950), (100, 660), (1000, 1000)])
def test_dense_again_comes_after_two_thirds_or_halfway_from_a_late_begin(
    begin: int, end: int
) -> None:
    made: Any = make_schedule("dsd", {"begin_step": begin}, 1000)
    assert (made.begin_step, made.end_step) == (begin, end)


def test_one_round_has_a_tenth_of_the_run_and_at_least_a_step() -> None:
    for steps, each in ((1000, 100), (5, 1)):
        made: Any = make_schedule("imp", {"rounds": 1}, steps)
        assert made.steps_per_round == each


def test_a_formula_is_checked_at_the_steps_that_there_are() -> None:
    text = "where(abs(p - 0.5) < 0.05, 2, 0.5)"
    assert FormulaSchedule(text, 10, 13).on([10, 11, 12, 13])[1].tolist() == [0.5] * 4
    with pytest.raises(UsageError, match=r"is 2 at p=0\.5"):
        FormulaSchedule(text, 10, 14)


@pytest.mark.parametrize(
    ("text", "most"), [("{}", 49), ("where({} < 2, 0.5, 0)", 47), ("where(p < 2, {}, 0)", 48)]
)
def test_a_formula_is_nested_50_deep_at_most(text: str, most: int) -> None:
    def nested(count: int) -> str:
        return text.format("abs(" * count + "p" + ")" * count).replace("p)", "p/2)")

    FormulaSchedule(nested(most - 1), 0, 10)
    with pytest.raises(UsageError, match="nested too deep"):
        FormulaSchedule(nested(most + 1), 0, 10)


def test_a_formula_has_500_letters_and_a_curve_1000_points_at_most() -> None:
    FormulaSchedule("0." + "5" * 498, 0, 10)
    with pytest.raises(UsageError, match="formula has 501 letters: use at most 500"):
        FormulaSchedule("0." + "5" * 499, 0, 10)
    points = [(place / 1000, 0.5) for place in range(1001)]
    PointsSchedule(points[:1000], 0, 10)
    with pytest.raises(UsageError, match="points has 1,001 points: use 2 to 1,000"):
        PointsSchedule(points, 0, 10)


class _Grows(PruningSchedule):
    """Good answers up to a step, and then others; it names a begin of its own."""

    def __init__(self, after: float, begin_step: Any = 3) -> None:
        self.after, self.begin_step = after, begin_step

    def __call__(self, step: int) -> tuple[bool, float]:
        return step % 2 == 0, 0.5 if step < 7 else self.after

    def get_config(self) -> dict[str, Any]:
        return {"class_name": "_Grows", "config": dict(vars(self))}


@pytest.mark.parametrize("after", [1.0, 1.5, -0.5, float("nan")])
def test_the_first_step_whose_answer_is_no_sparsity_is_named(after: float) -> None:
    with pytest.raises(UsageError, match=rf"asks for sparsity {after:g} at step 7: "):
        _Grows(after).on(np.arange(1, 10))


def test_views_see_where_a_recorded_schedule_begins() -> None:
    record = schedule_record(_Grows(0.75), 10)
    again = schedule_from_record(record)
    assert Plan(again, 10, 5).scheduled.tolist() == [0, 0] + [0.5] * 4 + [0.75] * 4
    assert Plan(again, 10, 5).update_steps.tolist() == [2, 4, 6, 8, 10]
    text: Any = schedule_from_record(schedule_record(_Grows(0.75, "soon"), 10))
    assert text.begin_step == 0


def test_a_class_that_is_no_schedule_by_itself_is_not_known() -> None:
    for name in ("PruningSchedule", "Levels", "Curve"):
        with pytest.raises(UsageError, match=f"'{name}' is not a known schedule") as error:
            PruningSchedule.from_config({"class_name": name, "config": {}})
        assert f"{name}," not in str(error.value)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, []),
        ({"begin_step": 300}, ["begin_step"]),
        ({"final_sparsity": 0.5, "frequency": 100}, ["final_sparsity", "frequency"]),
        ({"power": 1}, ["power"]),
    ],
)
def test_a_link_holds_as_few_parameters_as_make_the_schedule(
    given: dict[str, Any], names: list[str]
) -> None:
    made: Any = make_schedule("polynomial", given, 1000)
    wanted = made.get_config()["config"]
    assert parameters_to_give(KINDS["polynomial"], wanted, {}, 1000) == names


def test_what_a_kind_has_is_told_in_order() -> None:
    with pytest.raises(UsageError, match=r"it has begin_step, rate, rounds, steps_per_round$"):
        make_schedule("imp", {"sharpness": 3}, 1000)
