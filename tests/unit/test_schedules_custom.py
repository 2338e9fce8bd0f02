"""Schedules of one's own without a class: a formula, points, a table."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from any_schedule import points
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from prunelab import FormulaSchedule, MultiStep, PointsSchedule, PolynomialDecay, UsageError
from prunelab.schedules.kinds.multi_step import table_from
from prunelab.schedules.kinds.points import points_from
from prunelab.schedules.values.formula_parser import parse
from prunelab.schedules.values.formula_tree import value_of

P = np.linspace(0.0, 1.0, 41)


@pytest.mark.parametrize(
    ("text", "python"),
    [
        ("0.9*(1-(1-p)^3)", lambda p: 0.9 * (1 - (1 - p) ** 3)),
        ("p**3", lambda p: p**3),
        ("-p^2 + 1", lambda p: 1 - p * p),
        ("2^-p", lambda p: 2**-p),
        ("2^3^p", lambda p: 2 ** (3**p)),
        ("p^0.5 / 2", lambda p: p**0.5 / 2),
        ("(p+1)^17", lambda p: (p + 1) ** 17),
        ("(1-cos(pi*p))/2", lambda p: (1 - math.cos(math.pi * p)) / 2),
        ("sin(p)+tan(p)+exp(p)+log(p+1)", lambda p: math.sin(p) + math.tan(p) + math.exp(p)
         + math.log(p + 1)),
        ("sqrt(p)*abs(p-0.5)", lambda p: math.sqrt(p) * abs(p - 0.5)),
        ("min(p, 0.5, 0.7) + max(p, 0.2)", lambda p: min(p, 0.5) + max(p, 0.2)),
        ("floor(4*p)/4 + ceil(3*p) + round(2*p)",
         lambda p: math.floor(4 * p) / 4 + math.ceil(3 * p) + round(2 * p)),
        ("e*p", lambda p: math.e * p),
        ("where(p < 0.5, 0.1, 0.8)", lambda p: 0.1 if p < 0.5 else 0.8),
        ("where(0.2 <= p < 0.6, p, 0)", lambda p: p if 0.2 <= p < 0.6 else 0),
        ("\n 0.25 ", lambda p: 0.25),
    ],
)  # fmt: skip
def test_a_formula_means_what_it_says(text: str, python: Callable[[float], float]) -> None:
    expected = [python(p) for p in P.tolist()]
    np.testing.assert_allclose(value_of(parse(text), P), expected, rtol=1e-12, atol=1e-15)


def test_a_formula_is_the_schedule_that_it_writes_out() -> None:
    steps = np.arange(1, 500)
    formula = FormulaSchedule("0.1 + 0.7*(1-(1-p)^3)", 100, 300, 10)
    decay = PolynomialDecay(0.1, 0.8, 100, 300, 3, 10)
    assert (formula.on(steps)[0] == decay.on(steps)[0]).all()
    np.testing.assert_allclose(formula.on(steps)[1], decay.on(steps)[1], atol=3e-7)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is not a formula"),
        (3, "is not a formula"),
        ("p", r"is 1 at p=1: it must be in range \[0, 1\)"),
        ("p - 0.5", "is -0.5 at p=0"),
        ("log(p)", "is -inf at p=0"),
        ("0/p", "is nan at p=0"),
        ("9^9^9^9", "is inf at p=0"),
        ("9**999999999", "is inf at p=0"),
        ("1e999", "letter 1: '1e999' is too large"),
        ("9" * 450, "is too large"),
        ("0.5*p^2 + q", "letter 11: 'q' is not known"),
        ("p^3 + foo(p)", "letter 7: 'foo' is not a function"),
        ("0.5*(1-p", "letter 5"),
        ("0.5*", "formula: "),
        ("p.real", "is not understood"),
        ("__import__('os').system('true')", "is not a function"),
        ("(lambda: 1)()", "is not a function"),
        ("[p for p in (1,)]", "is not understood"),
        ("0.5 if p < 1 else 0", "is not understood"),
        ("p and 0.5", "is not understood"),
        ("p % 0.5", "is not understood"),
        ("p // 2", "is not understood"),
        ("True*p", "'True' is not a number"),
        ("1j*p", "'1j' is not a number"),
        ("'p'", "is not a number"),
        ("sin", "needs arguments"),
        ("sin(p, p)", "sin takes 1, not 2"),
        ("max(p)", "max takes 2 to 20, not 1"),
        ("sin(x=p)", "have no names"),
        ("where(p, 0.1, 0.2)", "is not a comparison"),
        ("where(p in p, 0.1, 0.2)", "is not a comparison of numbers"),
        ("p < 0.5", "belongs into where"),
        ("0.5·p", "'·' at letter 4"),
        ("p + " * 200 + "p", "use at most 500"),
        ("-" * 300 + "p", "nested too deep"),
        ("(" * 240 + "p" + ")" * 240, "formula"),
    ],
)  # fmt: skip
def test_what_is_no_formula_is_told_in_a_line_with_its_place(text: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told) as error:
        FormulaSchedule(text, 0, 100)
    assert "\n" not in str(error.value)


@settings(deadline=None)
@given(st.text(alphabet="p0123456789.e+-*/^()<>=, sincoqrtwhabx_'[]{}:\\\n", max_size=60))
@example("p:=1")
@example("0_1")
@example("\\")
def test_no_text_does_anything_but_make_a_schedule_or_a_usage_error(text: str) -> None:
    try:
        schedule = FormulaSchedule(text, 0, 100, 1)
    except UsageError:
        return
    found = schedule.on(np.arange(101))[1]
    assert ((found >= 0) & (found < 1)).all()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0.9if", "letter 4: 'if' follows a number"),
        ("0.5if p < 1 else 0", "letter 4: 'if' follows a number"),
        ("p^2 + .5or p", "letter 9: 'or' follows a number"),
        ("1.and p", "letter 3: 'and' follows a number"),
        ("1e-5in p", "letter 5: 'in' follows a number"),
        ("0x1for p in p", "letter 5: 'or' follows a number"),
        ("0b1and p", "letter 4: 'and' follows a number"),
        ("1jif p else p", "letter 3: 'if' follows a number"),
        ("'\\d'", "'\\\\' at letter 2 is not understood"),
    ],
)
def test_the_parser_of_python_adds_no_warning_of_its_own(
    text: str, told: str, recwarn: pytest.WarningsRecorder
) -> None:
    with pytest.raises(UsageError) as error:
        parse(text)
    assert told in str(error.value)
    assert [str(one.message) for one in recwarn] == []


@given(st.from_regex(r"[p0-9.ex_+]{0,4}(if|or|and|for|in|is|else|not)[p0-9 ]{0,4}", fullmatch=True))
def test_no_formula_makes_python_print_a_warning(text: str) -> None:
    with warnings.catch_warnings(record=True) as printed:
        warnings.simplefilter("always")
        with pytest.raises(UsageError):
            parse(text)
    assert [str(one.message) for one in printed] == []


def test_rounding_below_0_is_0() -> None:
    steps = np.arange(11)
    assert (value_of(parse("1-(1-p)-p"), steps / 10) < 0).any()
    assert FormulaSchedule("1-(1-p)-p", 0, 10).on(steps)[1].max() < 1e-15


def test_every_step_between_is_checked() -> None:
    with pytest.raises(UsageError, match=r"is 2 at p=0\.375"):
        FormulaSchedule("where(p == 0.375, 2, 0.1)", 0, 8)


@settings(deadline=None)
@given(points())
def test_points_are_joined_as_scipy_does(schedule: PointsSchedule) -> None:
    x, y = np.array(schedule.points).T
    progress = np.linspace(x[0], x[-1], 200)
    asked = PchipInterpolator(x, y)(progress)
    np.testing.assert_allclose(schedule.at_progress(progress), asked, rtol=0, atol=1e-6)


@settings(deadline=None)
@given(points())
def test_points_are_met_held_and_not_overshot(schedule: PointsSchedule) -> None:
    x, y = np.array(schedule.points).T
    assert schedule.at_progress(x).tolist() == y.astype(np.float32).tolist()
    beyond = schedule.at_progress(np.array([0.0, 1.0]))
    assert beyond.tolist() == y[[0, -1]].astype(np.float32).tolist()
    for (a, low), (b, high) in zip(schedule.points, schedule.points[1:], strict=False):
        part = schedule.at_progress(np.linspace(a, b, 50))
        assert part.min() >= np.float32(min(low, high))
        assert part.max() <= np.float32(max(low, high))
        # Where a slope is steep, progress itself is rounded: by less than this.
        moves = np.diff(part.astype(float)) * np.sign(high - low)
        assert (moves >= -1e-7).all()


def test_points_and_tables_are_read_from_text() -> None:
    assert points_from(" 0:0, 50% : 0.6,1:0.875,", 100) == ((0, 0), (0.5, 0.6), (1, 0.875))
    assert table_from("0%:0.1, 20% : 0.5\n 800:0.75", 1_000) == (
        (1, 0.1), (200, 0.5), (800, 0.75),
    )  # fmt: skip


def test_a_table_holds_each_sparsity_until_the_next() -> None:
    schedule = MultiStep({10: 0.5, 20: 0.25})
    assert schedule.begin_step == 10
    assert schedule.update_steps(99).tolist() == [10, 20]
    assert schedule.on([1, 9, 10, 19, 20, 99])[1].tolist() == [0, 0, 0.5, 0.5, 0.25, 0.25]


def test_a_table_may_choose_anew_between_its_rows() -> None:
    schedule = MultiStep(((10, 0.5), (20, 0.75)), frequency=4)
    assert schedule.update_steps(30).tolist() == [10, 14, 18, 20, 24, 28]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: MultiStep(()), "table is empty"),
        (lambda: MultiStep("10:0.5"), "is not a table of pairs"),
        (lambda: MultiStep([1, 2]), "is not a table of pairs"),
        (lambda: MultiStep([(0, 0.5)]), "step 0 is before the first"),
        (lambda: MultiStep([(5, 0.5), (5, 0.6)]), "step 5 comes after 5"),
        (lambda: MultiStep([(5, 50)]), "sparsity 1=50 must be in range"),
        (lambda: MultiStep([(5, 0.5)], -1), "frequency=-1 must be from 0"),
        (lambda: PointsSchedule([(0, 0)], 0, 9), "points has 1 points"),
        (lambda: PointsSchedule([(0, 0), (2, 0.5)], 0, 9), "progress 2=2 must be from 0 to 1"),
        (lambda: PointsSchedule([(1, 0), (0, 0.5)], 0, 9), "progress 0 comes after 1"),
        (lambda: table_from("", 9), "table is empty"),
        (lambda: table_from("5", 9), "'5' is not of the form place:sparsity"),
        (lambda: table_from("5:x", 9), "table: sparsity='x' is not a number"),
        (lambda: table_from("x:0.5", 9), "'x' is not a step"),
        (lambda: table_from("120%:0.5", 9), "is more than the run"),
        (lambda: points_from("x:0.5", 9), "points: progress='x' is not a number"),
    ],
)
def test_what_breaks_a_rule_is_told_in_a_line(make: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told) as error:
        make()
    assert "\n" not in str(error.value)
