"""A fit under prunelab is the fit under tfmot 0.8.1: to the bit, at every step."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import cases
import numpy as np
import pytest

Sides = tuple[cases.Case, dict[str, np.ndarray], dict[str, np.ndarray]]


@pytest.fixture(params=range(len(cases.CASES)), ids=[case.name for case in cases.CASES])
def sides(request: pytest.FixtureRequest, results: Path) -> Sides:
    """A case, the reference's values of it, and ours."""
    reference = np.load(results / f"reference-{request.param}.npz")
    ours = np.load(results / f"ours-{request.param}.npz")
    return cases.CASES[request.param], dict(reference), dict(ours)


def test_the_masks_of_every_step_are_equal(sides: Sides) -> None:
    case, reference, ours = sides
    assert len(reference["masks"]) == case.steps
    assert np.array_equal(ours["masks"], reference["masks"])


def test_the_case_does_prune_and_a_decay_does_change_its_masks(sides: Sides) -> None:
    case, reference, _ = sides
    assert not reference["masks"][-1].all()
    different = len(np.unique(reference["masks"], axis=0))
    assert different > 1 or case.schedule == cases.CONSTANT


def test_every_model_optimizer_and_kind_of_schedule_is_trained() -> None:
    assert len({(case.model, case.optimizer) for case in cases.CASES}) == 15
    for chosen in product(cases.MODELS, cases.OPTIMIZERS):
        values = [one.values for one in cases.CASES if (one.model, one.optimizer) == chosen]
        assert len(values) >= 8
        assert {one["power"] for one in values if "power" in one} == {1, 2, 3, 1.5}
        assert {one["frequency"] for one in values} >= {1, 5, 7}
        assert {one["begin_step"] for one in values} >= {0}
        assert {one["end_step"] for one in values} >= {-1}
    for name in cases.OPTIMIZERS:
        assert any((c.optimizer, c.values["frequency"]) == (name, 100) for c in cases.CASES)


def test_the_thresholds_of_every_step_are_equal_to_the_bit(sides: Sides) -> None:
    _, reference, ours = sides
    assert ours["thresholds"].tobytes() == reference["thresholds"].tobytes()


def test_the_weights_of_every_step_are_equal_to_the_bit(sides: Sides) -> None:
    _, reference, ours = sides
    assert np.array_equal(ours["weights"], reference["weights"])


def test_the_trained_weights_are_equal_to_the_bit(sides: Sides) -> None:
    _, reference, ours = sides
    assert np.array_equal(ours["final"], reference["final"])


def test_the_validation_loss_of_every_epoch_is_equal_to_the_bit(sides: Sides) -> None:
    _, reference, ours = sides
    assert np.array_equal(ours["val_loss"], reference["val_loss"])
