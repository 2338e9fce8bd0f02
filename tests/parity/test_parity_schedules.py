"""Schedules answer what tfmot's compiled graph computes, and configs go both ways."""

from __future__ import annotations

import json
from pathlib import Path

import cases
import numpy as np
import pytest

from prunelab import PolynomialDecay, PruningSchedule
from prunelab.pruning.masks.topk import keep_count

Curve = tuple[int, PruningSchedule, int, dict[str, np.ndarray]]

# One rounding of a float32 just below 1, the largest number that enters the sum.
ONE_ROUNDING = 2.0**-24

COUNTED = len(cases.SIZES)


def _name(curve: cases.Curve) -> str:
    kind, values, _ = curve
    if kind == cases.CONSTANT:
        return f"constant-{values['target_sparsity']}"
    return f"{values['initial_sparsity']}-{values['final_sparsity']}-power={values['power']:.3g}"


@pytest.fixture(params=range(len(cases.CURVES)), ids=[_name(curve) for curve in cases.CURVES])
def curve(request: pytest.FixtureRequest, results: Path) -> Curve:
    """A schedule, the steps it is asked for, and the reference's answers."""
    kind, values, steps = cases.CURVES[request.param]
    schedule = PruningSchedule.from_config({"class_name": kind, "config": values})
    return request.param, schedule, steps, dict(np.load(results / f"curve-{request.param}.npz"))


def _kept(schedule: PruningSchedule, steps: int, sizes: list[int]) -> np.ndarray:
    density = schedule.density(np.arange(1, steps + 1))
    return np.array([[keep_count(size, one) for size in sizes] for one in density])


def test_as_many_weights_are_kept_at_every_step_and_size(curve: Curve) -> None:
    number, schedule, steps, reference = curve
    ours = _kept(schedule, steps, cases.SIZES)
    theirs = reference["counts"][:, :COUNTED]
    apart = {(number, int(row) + 1, cases.SIZES[at]) for row, at in np.argwhere(ours != theirs)}
    assert apart == {known for known in cases.POW_ROUNDING if known[0] == number}
    assert np.abs(ours - theirs).max() <= 1


def test_counts_are_exact_where_the_reference_s_float32_cannot_count(curve: Curve) -> None:
    _, schedule, steps, reference = curve
    ours = _kept(schedule, steps, cases.LARGE_SIZES)
    theirs = reference["counts"][:, COUNTED:]
    density = schedule.density(np.arange(1, steps + 1)).astype(np.float64)
    exact = np.round(np.outer(density, cases.LARGE_SIZES))
    assert np.array_equal(ours, exact)
    # Float32's spacing at their size, once for the size and once for the product.
    assert np.all(np.abs(theirs - exact) <= 2 * np.spacing(np.float32(cases.LARGE_SIZES)))


def test_the_reference_keeps_another_number_of_100_million_weights(results: Path) -> None:
    power_3 = np.load(results / "curve-0.npz")["counts"][:, -1]
    _, values, steps = cases.CURVES[0]
    ours = _kept(PolynomialDecay(**values), steps, cases.LARGE_SIZES[-1:])[:, 0]
    assert np.mean(ours != power_3) > 0.5


def test_the_sparsity_is_within_one_rounding_at_every_step(curve: Curve) -> None:
    _, schedule, steps, reference = curve
    ours = schedule.on(np.arange(1, steps + 1))[1]
    assert np.abs(ours - reference["sparsity"]).max() <= ONE_ROUNDING


def test_the_reference_reads_our_configs_and_answers_with_the_same(
    results: Path, configs: list[dict]
) -> None:
    assert json.loads((results / "answers.json").read_text()) == configs


def test_we_read_the_reference_s_configs_and_answer_with_the_same(results: Path) -> None:
    theirs = json.loads((results / "answers.json").read_text())
    assert [PruningSchedule.from_config(config).get_config() for config in theirs] == theirs
