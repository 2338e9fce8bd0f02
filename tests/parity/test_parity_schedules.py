"""Schedules answer what tfmot's compiled graph computes, and configs go both ways."""

from __future__ import annotations

import json
from pathlib import Path

import cases
import numpy as np
import pytest

from prunelab import PolynomialDecay, PruningSchedule
from prunelab.pruning.selection import keep_count

Curve = tuple[PolynomialDecay, int, dict[str, np.ndarray]]

# One rounding of a float32 just below 1, the largest number that enters the sum.
ONE_ROUNDING = 2.0**-24


def _name(curve: tuple[dict, int]) -> str:
    values = curve[0]
    return f"{values['initial_sparsity']}-{values['final_sparsity']}-power={values['power']:.3g}"


@pytest.fixture(params=range(len(cases.CURVES)), ids=[_name(curve) for curve in cases.CURVES])
def curve(request: pytest.FixtureRequest, results: Path) -> Curve:
    """A schedule, the steps it is asked for, and the reference's answers."""
    values, steps = cases.CURVES[request.param]
    return PolynomialDecay(**values), steps, dict(np.load(results / f"curve-{request.param}.npz"))


def test_as_many_weights_are_kept_at_every_step_and_size(curve: Curve) -> None:
    schedule, steps, reference = curve
    kept = [
        [keep_count(size, schedule.density(step)) for size in cases.SIZES]
        for step in range(1, steps + 1)
    ]
    assert np.array_equal(kept, reference["counts"])


def test_the_sparsity_is_within_one_rounding_at_every_step(curve: Curve) -> None:
    schedule, steps, reference = curve
    ours = schedule.on(np.arange(1, steps + 1))[1]
    assert np.abs(ours - reference["sparsity"]).max() <= ONE_ROUNDING


def test_the_reference_reads_our_configs_and_answers_with_the_same(
    results: Path, configs: list[dict]
) -> None:
    assert json.loads((results / "answers.json").read_text()) == configs


def test_we_read_the_reference_s_configs_and_answer_with_the_same(results: Path) -> None:
    theirs = json.loads((results / "answers.json").read_text())
    assert [PruningSchedule.from_config(config).get_config() for config in theirs] == theirs
