"""The kinds of schedules, in the order of a menu."""

from __future__ import annotations

from collections.abc import Sequence

from prunelab.errors import UsageError
from prunelab.schedules.base import PruningSchedule
from prunelab.schedules.catalog.definitions import Field, Kind
from prunelab.schedules.catalog.run_defaults import (
    cycles,
    endless,
    jumps,
    nothing,
    phases,
    ramp,
    rounds,
    sparse_while,
    turns,
)
from prunelab.schedules.catalog.shared_fields import (
    BEGIN,
    END,
    ENDLESS,
    FREQUENCY,
    RAMP,
    TARGET,
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
from prunelab.schedules.kinds.multi_step import MultiStep, table_from_text, table_to_text
from prunelab.schedules.kinds.one_cycle import OneCycle
from prunelab.schedules.kinds.points import PointsSchedule, points_from_text, points_to_text
from prunelab.schedules.kinds.polynomial import PolynomialDecay

__all__ = ["KINDS", "kind_named", "kind_of"]

_POWER = Field(
    "power",
    "number",
    3.0,
    0.25,
    10.0,
    0.25,
    "Exponent of the decay: 1 is linear, above 1 prunes early, below 1 late.",
)
_ALPHA = Field("alpha", "number", 14.0, 1.0, 30.0, 0.5, "Steepness of the S-curve.")
_BETA = Field(
    "beta", "number", 5.0, 0.0, 20.0, 0.5, "How late it rises: steepest at beta/alpha of the way."
)
_CYCLES = Field(
    "cycles", "whole", 4, 1, 20, about="How many ramps there are, each from the start.", fits=True
)
_JUMPS = Field("rounds", "whole", 5, 1, 50, about="How many equal jumps there are.", fits=True)
_EACH = Field(
    "steps_per_round",
    "step",
    "10%",
    1,
    about="Steps from one round to the next, or a share.",
    fits=True,
)
_ROUNDS = Field("rounds", "whole", 7, 1, 30, about="How often weights are removed.", fits=True)
_RATE = Field(
    "rate", "sparsity", 0.2, 0.05, 0.9, 0.05, "The share of the weights left that a round removes."
)
_PHASE = Field(
    "phase_steps", "step", "10%", 1, about="Steps of one phase, sparse or dense, or a share."
)
_WARM_UP = Field(
    "begin_step",
    "step",
    "20%",
    about="The first sparse step: until then all weights train, to warm up.",
    fits=True,
)
_DENSE_AGAIN = Field(
    "end_step",
    "step",
    "66%",
    about="The last sparse step: after it all weights train again.",
    fits=True,
)
_TABLE = Field(
    "table",
    "text",
    "20%:0.5, 50%:0.75, 80%:0.875",
    about="Step, or share of the run, and the sparsity from it on: 1000:0.5, 80%:0.75.",
    parse=table_from_text,
    show=table_to_text,
)
_AGAIN = Field(
    "frequency", "whole", 0, 0, 500, about="Between two rows choose masks anew; 0 for never."
)
_FORMULA = Field(
    "formula",
    "text",
    "0.875*(1-(1-p)^3)",
    about="Sparsity by p, which goes from 0 at the begin to 1 at the end: + - * / ^, sin cos tan "
    "exp log sqrt abs min max floor ceil round, pi, e, where(p < 0.5, a, b).",
)
_POINTS = Field(
    "points",
    "text",
    "0:0, 0.5:0.6, 1:0.875",
    about="Share of the way from begin to end, and the sparsity there: 0:0, 0.5:0.6, 1:0.875.",
    parse=points_from_text,
    show=points_to_text,
)

# Each stands for one class, by which a schedule is shown again: a straight line has no entry of its
# own, since it is `PolynomialDecay` with power 1.
_ALL = (
    Kind(
        "polynomial",
        "polynomial decay",
        PolynomialDecay,
        (*RAMP, _POWER, FREQUENCY),
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
        (*RAMP, _ALPHA, _BETA, FREQUENCY),
        "An S-curve, steep before its middle (Hubens et al. 2021).",
        ramp,
    ),
    Kind(
        "iterative",
        "iterative steps",
        IterativeSteps,
        (*RAMP, _JUMPS),
        "A few equal jumps, the last at the end; between them the network recovers.",
        jumps,
    ),
    Kind(
        "multi-step",
        "table of steps",
        MultiStep,
        (_TABLE, _AGAIN),
        "A sparsity from each step of a table on.",
        nothing,
    ),
    Kind(
        "imp",
        "iterative magnitude pruning",
        GeometricIMP,
        (BEGIN, _EACH, _ROUNDS, _RATE),
        "Each round removes a share of what is left (lottery tickets, without rewinding).",
        rounds,
    ),
    Kind(
        "dsd",
        "dense-sparse-dense",
        DenseSparseDense,
        (TARGET, _WARM_UP, _DENSE_AGAIN),
        "Sparse for a while, then dense again (Han et al. 2016).",
        sparse_while,
    ),
    Kind(
        "ac-dc",
        "AC/DC",
        ACDC,
        (TARGET, _WARM_UP, END, _PHASE),
        "Sparse and dense phases in turn, sparse in the end (Peste et al. 2021).",
        phases,
    ),
    Kind(
        "cyclical",
        "cyclical",
        Cyclical,
        (*RAMP, _CYCLES, FREQUENCY),
        "The cubic ramp again and again, each from the start (Srinivas et al. 2022).",
        cycles,
    ),
    Kind(
        "formula",
        "formula",
        FormulaSchedule,
        (_FORMULA, BEGIN, END, FREQUENCY),
        'Sparsity as a formula of p, the progress from begin to end: p^3 is the "cube" of Intel '
        "Neural Compressor, 1-(1-p)^3 what others call cubic.",
        turns,
    ),
    Kind(
        "points",
        "points",
        PointsSchedule,
        (_POINTS, BEGIN, END, FREQUENCY),
        "A smooth curve through points of one's own, which does not overshoot them.",
        turns,
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
        classes = {kind.make.__name__: kind.key for kind in KINDS.values()}
        here = (_ELSEWHERE | classes).get(key)
        instead = "" if here is None else f"; for {key} {here}"
        names = ", ".join([*KINDS, *others])
        raise UsageError(f"schedule {key[:40]!r} is not known: use one of {names}{instead}")
    return KINDS[key]


def kind_of(schedule: PruningSchedule) -> Kind | None:
    """The kind that a schedule is of; None for a class of somebody's own."""
    return next((kind for kind in KINDS.values() if type(schedule) is kind.make), None)
