"""The fields that several kinds share: a form keeps their value from kind to kind."""

from __future__ import annotations

from prunelab.schedules.catalog.definitions import Field

__all__ = ["BEGIN", "END", "ENDLESS", "FINAL", "FREQUENCY", "INITIAL", "RAMP", "TARGET", "sparsity"]


def sparsity(name: str, usual: float, about: str, *, fits: bool = False) -> Field:
    """A field for a fraction of weights that are zero."""
    return Field(name, "sparsity", usual, 0.0, 0.995, 0.005, about, fits=fits)


INITIAL = sparsity("initial_sparsity", 0.0, "Sparsity at which pruning begins.")
FINAL = sparsity("final_sparsity", 0.875, "Sparsity at which pruning ends.", fits=True)
TARGET = sparsity("target_sparsity", 0.875, "The sparsity that every mask update prunes to.")
BEGIN = Field(
    "begin_step",
    "step",
    "20%",
    about="Step at which to begin pruning. Steps are batches, counted from 1.",
    fits=True,
)
END = Field(
    "end_step",
    "step",
    "80%",
    about="Step at which to end pruning: the last at which masks may change.",
    fits=True,
)
ENDLESS = Field(
    "end_step",
    "step",
    -1,
    low=-1,
    about="Step at which to end pruning; -1 goes on until training ends.",
)
FREQUENCY = Field(
    "frequency", "whole", 100, 1, 500, about="Masks are updated every so many steps.", fits=True
)

# What a curve from one sparsity to another asks for.
RAMP = (INITIAL, FINAL, BEGIN, END)
