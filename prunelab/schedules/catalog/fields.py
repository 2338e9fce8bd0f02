"""Every parameter of every kind. Kinds that share a field keep its value in a form."""

from __future__ import annotations

from prunelab.schedules.catalog.definitions import Field
from prunelab.schedules.kinds.multi_step import table_from, table_to_text
from prunelab.schedules.kinds.points import points_from, points_to_text

__all__ = [
    "ALPHA",
    "BEGIN",
    "BETA",
    "CYCLES",
    "DENSE_AGAIN",
    "END",
    "ENDLESS",
    "FINAL",
    "FORMULA",
    "FREQUENCY",
    "INITIAL",
    "JUMPS",
    "PHASE",
    "POINTS",
    "POWER",
    "RAMP",
    "RATE",
    "REPEAT",
    "ROUNDS",
    "ROUND_LENGTH",
    "TABLE",
    "TARGET",
    "WARM_UP",
]

INITIAL = Field(
    "initial_sparsity",
    "sparsity",
    0.0,
    0.0,
    0.995,
    0.005,
    "Sparsity at which pruning begins.",
)
FINAL = Field(
    "final_sparsity",
    "sparsity",
    0.875,
    0.0,
    0.995,
    0.005,
    "Sparsity at which pruning ends.",
    fits=True,
    default_text="0.875, or initial_sparsity where that is higher",
)
TARGET = Field(
    "target_sparsity",
    "sparsity",
    0.875,
    0.0,
    0.995,
    0.005,
    "The sparsity that every mask update prunes to.",
)

BEGIN = Field(
    "begin_step",
    "step",
    "20%",
    description="Step at which to begin pruning. Steps are batches, counted from 1.",
    fits=True,
    default_text="20% of the run, or what fits the end",
)
WARM_UP = Field(
    "begin_step",
    "step",
    "20%",
    description="The first sparse step: until then all weights train, to warm up.",
    fits=True,
    default_text="20% of the run, or what fits the end",
)
END = Field(
    "end_step",
    "step",
    "80%",
    description="Step at which to end pruning: the last at which masks may change.",
    fits=True,
    default_text="the last mask update in the first 80% of the run, later where it begins late",
)
ENDLESS = Field(
    "end_step",
    "step",
    -1,
    low=-1,
    description="Step at which to end pruning; -1 goes on until training ends.",
)
DENSE_AGAIN = Field(
    "end_step",
    "step",
    "66%",
    description="The last sparse step: after it all weights train again.",
    fits=True,
    default_text="66% of the run, later where it begins late",
)

# What a curve from one sparsity to another asks for.
RAMP = (INITIAL, FINAL, BEGIN, END)

POWER = Field(
    "power",
    "number",
    3.0,
    0.25,
    10.0,
    0.25,
    "Exponent of the decay: 1 is linear, above 1 prunes early, below 1 late.",
)
ALPHA = Field("alpha", "number", 14.0, 1.0, 30.0, 0.5, "Steepness of the S-curve.")
BETA = Field(
    "beta",
    "number",
    5.0,
    0.0,
    20.0,
    0.5,
    "How late it rises: steepest at beta/alpha of the way.",
)
CYCLES = Field(
    "cycles",
    "whole",
    4,
    1,
    20,
    description="How many ramps there are, each from the start.",
    fits=True,
    default_text="4, fewer where a cycle would have no step",
)

JUMPS = Field(
    "rounds",
    "whole",
    5,
    1,
    50,
    description="How many equal jumps there are.",
    fits=True,
    default_text="5, fewer where a jump would have no step",
)
ROUNDS = Field(
    "rounds",
    "whole",
    7,
    1,
    30,
    description="How often weights are removed.",
    fits=True,
    default_text="7, fewer where the run has no room for them",
)
ROUND_LENGTH = Field(
    "steps_per_round",
    "step",
    "10%",
    1,
    description="Steps from one round to the next, or a share.",
    fits=True,
    default_text="what puts the last round at 80% of the run",
)
RATE = Field(
    "rate",
    "sparsity",
    0.2,
    0.05,
    0.9,
    0.05,
    "The share of the weights left that a round removes.",
)
PHASE = Field(
    "phase_steps",
    "step",
    "10%",
    1,
    description="Steps of one phase, sparse or dense, or a share.",
)

FREQUENCY = Field(
    "frequency",
    "whole",
    100,
    1,
    500,
    description="Masks are updated every so many steps.",
    fits=True,
    default_text="what makes some 30 mask updates, the last at the end",
)
REPEAT = Field(
    "frequency",
    "whole",
    0,
    0,
    500,
    description="Between two rows choose masks anew; 0 for never.",
)

TABLE = Field(
    "table",
    "text",
    "20%:0.5, 50%:0.75, 80%:0.875",
    description="Step, or share of the run, and the sparsity from it on: 1000:0.5, 80%:0.75.",
    parse=table_from,
    show=table_to_text,
)
FORMULA = Field(
    "formula",
    "text",
    "0.875*(1-(1-p)^3)",
    description="Sparsity by p, which goes from 0 at the begin to 1 at the end: + - * / ^, "
    "sin cos tan exp log sqrt abs min max floor ceil round, pi, e, where(p < 0.5, a, b).",
)
POINTS = Field(
    "points",
    "text",
    "0:0, 0.5:0.6, 1:0.875",
    description="Share of the way from begin to end, and the sparsity there: "
    "0:0, 0.5:0.6, 1:0.875.",
    parse=points_from,
    show=points_to_text,
)
