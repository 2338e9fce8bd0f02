"""The kinds of schedules, in the order of a menu."""

from __future__ import annotations

from collections.abc import Sequence

from prunelab.errors import UsageError
from prunelab.schedules.base import PruningSchedule
from prunelab.schedules.catalog.definitions import Kind
from prunelab.schedules.catalog.fields import (
    ALPHA,
    BEGIN,
    BETA,
    CYCLES,
    DENSE_AGAIN,
    END,
    ENDLESS,
    FORMULA,
    FREQUENCY,
    JUMPS,
    PHASE,
    POINTS,
    POWER,
    RAMP,
    RATE,
    REPEAT,
    ROUND_LENGTH,
    ROUNDS,
    TABLE,
    TARGET,
    WARM_UP,
)
from prunelab.schedules.catalog.run_defaults import (
    curve,
    cycles,
    endless,
    jumps,
    phases,
    ramp,
    rounds,
    sparse_while,
    unfitted,
)
from prunelab.schedules.kinds.ac_dc import ACDC
from prunelab.schedules.kinds.constant import ConstantSparsity
from prunelab.schedules.kinds.cosine import CosineSchedule
from prunelab.schedules.kinds.cyclical import Cyclical
from prunelab.schedules.kinds.dense_sparse_dense import DenseSparseDense
from prunelab.schedules.kinds.exponential import ExponentialDensity
from prunelab.schedules.kinds.formula import FormulaSchedule
from prunelab.schedules.kinds.geometric_imp import GeometricIMP
from prunelab.schedules.kinds.iterative import IterativeSteps
from prunelab.schedules.kinds.multi_step import MultiStep
from prunelab.schedules.kinds.one_cycle import OneCycle
from prunelab.schedules.kinds.points import PointsSchedule
from prunelab.schedules.kinds.polynomial import PolynomialDecay

__all__ = ["KINDS", "kind_named", "kind_of"]

# Each stands for one class, by which a schedule is found again: a straight line has no entry of its
# own, since it is `PolynomialDecay` with power 1.
_ALL = (
    Kind(
        "polynomial",
        "polynomial decay",
        PolynomialDecay,
        (*RAMP, POWER, FREQUENCY),
        "Fast at first, flat towards the end; power 3 is the cubic one of Zhu & Gupta 2017, power "
        '1 a straight line. Not the "cube" of Intel Neural Compressor: formula with p^3.',
        ramp,
    ),
    Kind(
        "constant",
        "constant sparsity",
        ConstantSparsity,
        (TARGET, BEGIN, ENDLESS, FREQUENCY),
        "One sparsity, reached at the first update and then held.",
        endless,
    ),
    Kind(
        "cosine",
        "cosine",
        CosineSchedule,
        (*RAMP, FREQUENCY),
        "Slow, fast, slow: half a wave of the cosine.",
        ramp,
    ),
    Kind(
        "exponential",
        "exponential density",
        ExponentialDensity,
        (*RAMP, FREQUENCY),
        "Every update removes the same share of the weights that are left.",
        ramp,
    ),
    Kind(
        "one-cycle",
        "one-cycle",
        OneCycle,
        (*RAMP, ALPHA, BETA, FREQUENCY),
        "An S-curve, steep before its middle (Hubens et al. 2021).",
        ramp,
    ),
    Kind(
        "iterative",
        "iterative steps",
        IterativeSteps,
        (*RAMP, JUMPS),
        "A few equal jumps, the last at the end; between them the network recovers.",
        jumps,
    ),
    Kind(
        "multi-step",
        "table of steps",
        MultiStep,
        (TABLE, REPEAT),
        "A sparsity from each step of a table on.",
        unfitted,
    ),
    Kind(
        "imp",
        "iterative magnitude pruning",
        GeometricIMP,
        (BEGIN, ROUND_LENGTH, ROUNDS, RATE),
        "Each round removes a share of what is left (lottery tickets, without rewinding).",
        rounds,
    ),
    Kind(
        "dsd",
        "dense-sparse-dense",
        DenseSparseDense,
        (TARGET, WARM_UP, DENSE_AGAIN),
        "Sparse for a while, then dense again (Han et al. 2016).",
        sparse_while,
    ),
    Kind(
        "ac-dc",
        "AC/DC",
        ACDC,
        (TARGET, WARM_UP, END, PHASE),
        "Sparse and dense phases in turn, sparse in the end (Peste et al. 2021).",
        phases,
    ),
    Kind(
        "cyclical",
        "cyclical",
        Cyclical,
        (*RAMP, CYCLES, FREQUENCY),
        "The cubic ramp again and again, each from the start (Srinivas et al. 2022).",
        cycles,
    ),
    Kind(
        "formula",
        "formula",
        FormulaSchedule,
        (FORMULA, BEGIN, END, FREQUENCY),
        'Sparsity as a formula of p, the progress from begin to end: p^3 is the "cube" of Intel '
        "Neural Compressor, 1-(1-p)^3 what others call cubic.",
        curve,
    ),
    Kind(
        "points",
        "points",
        PointsSchedule,
        (POINTS, BEGIN, END, FREQUENCY),
        "A smooth curve through points of one's own, which does not overshoot them.",
        curve,
    ),
)

KINDS: dict[str, Kind] = {kind.key: kind for kind in _ALL}

# What others call some of these, and what to use for it here.
_ELSEWHERE = {
    "linear": "polynomial with power 1",
    "cubic": "polynomial with power 3",
    "cube": "formula with 0.875*p^3, the opposite of the cubic polynomial",
}


def kind_named(key: str, others: Sequence[str] = ()) -> Kind:
    """The kind of a name.

    Args:
        key: The name.
        others: What else may be chosen in its place, for the error.

    Raises:
        UsageError: for a name that is none.
    """
    if key not in KINDS:
        classes = {kind.schedule_class.__name__: kind.key for kind in KINDS.values()}
        here = (_ELSEWHERE | classes).get(key)
        instead = "" if here is None else f"; for {key} {here}"
        names = ", ".join([*KINDS, *others])
        raise UsageError(f"schedule {key[:40]!r} is not known: use one of {names}{instead}")
    return KINDS[key]


def kind_of(schedule: PruningSchedule) -> Kind | None:
    """The kind that a schedule is of; None for a class of somebody's own."""
    return next((kind for kind in KINDS.values() if type(schedule) is kind.schedule_class), None)
