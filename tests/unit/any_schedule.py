"""Schedules of every kind of the catalog, for the tests of schedules."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from prunelab import (
    ACDC,
    CosineSchedule,
    Cyclical,
    DenseSparseDense,
    ExponentialDensity,
    FormulaSchedule,
    GeometricIMP,
    IterativeSteps,
    MultiStep,
    OneCycle,
    PointsSchedule,
    PruningSchedule,
)
from prunelab.plan import to_step
from prunelab.schedules.catalog import Kind

SPARSITY = st.floats(0.0, 0.999)
BEGIN = st.integers(0, 5_000)
LENGTH = st.integers(1, 5_000)
FREQUENCY = st.integers(1, 200)


def usual(kind: Kind, steps: int) -> PruningSchedule:
    """The kind with the values that the catalog calls usual, on a run of so many steps."""
    values: dict[str, Any] = {}
    for field in kind.fields:
        value: Any = field.default
        if field.value_type == "step":
            value = to_step(value, steps)
        elif field.parse is not None:
            value = field.parse(value, steps)
        values[field.name] = value
    return kind.schedule_class(**values)


@st.composite
def ramps(draw: st.DrawFn) -> PruningSchedule:
    """A curve that goes one way, from `initial_sparsity` to `final_sparsity`."""
    make = draw(st.sampled_from([CosineSchedule, ExponentialDensity, OneCycle, IterativeSteps]))
    begin, length = draw(BEGIN), draw(LENGTH)
    values: dict[str, Any] = {"begin_step": begin, "end_step": begin + length}
    if make is OneCycle:
        values["alpha"], values["beta"] = draw(st.floats(0.1, 100)), draw(st.floats(-100, 100))
    if make is IterativeSteps:
        values["rounds"] = draw(st.integers(1, length))
    else:
        values["frequency"] = draw(FREQUENCY)
    return make(draw(SPARSITY), draw(SPARSITY), **values)


@st.composite
def waves(draw: st.DrawFn) -> PruningSchedule:
    """A schedule that rises and falls."""
    make = draw(st.sampled_from([Cyclical, ACDC, DenseSparseDense, FormulaSchedule]))
    begin, length = draw(BEGIN), draw(LENGTH)
    ends = begin, begin + length
    if make is Cyclical:
        cycles = draw(st.integers(1, length))
        return Cyclical(draw(SPARSITY), draw(SPARSITY), *ends, cycles, draw(FREQUENCY))
    if make is ACDC:
        return ACDC(draw(SPARSITY), *ends, draw(st.integers(1, 6_000)))
    if make is DenseSparseDense:
        return DenseSparseDense(draw(SPARSITY), *ends)
    text = draw(st.sampled_from(["0.9*sin(pi*p)", "abs(p-0.5)", "where(p<0.3, p, 0.3)", "0.25"]))
    return FormulaSchedule(text, *ends, draw(FREQUENCY))


@st.composite
def points(draw: st.DrawFn) -> PointsSchedule:
    shares = draw(st.lists(st.integers(0, 1000), min_size=2, max_size=9, unique=True))
    pairs = [(share / 1000, draw(SPARSITY)) for share in sorted(shares)]
    begin = draw(BEGIN)
    return PointsSchedule(pairs, begin, begin + draw(LENGTH), draw(FREQUENCY))


@st.composite
def tables(draw: st.DrawFn) -> MultiStep:
    steps = draw(st.lists(st.integers(1, 9_000), min_size=1, max_size=9, unique=True))
    return MultiStep([(step, draw(SPARSITY)) for step in sorted(steps)], draw(st.integers(0, 50)))


@st.composite
def rounds(draw: st.DrawFn) -> GeometricIMP:
    each, rate = draw(st.integers(1, 900)), draw(st.floats(0.01, 0.5))
    return GeometricIMP(draw(BEGIN), each, draw(st.integers(1, 20)), rate)


ANY = st.one_of(ramps(), waves(), points(), tables(), rounds())
