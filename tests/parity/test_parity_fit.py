"""A fit under prunelab is the fit under tfmot 0.8.1: to the bit, at every step."""

from __future__ import annotations

from pathlib import Path

import cases
import numpy as np
import pytest

Sides = tuple[dict[str, np.ndarray], dict[str, np.ndarray]]


@pytest.fixture(params=range(len(cases.CASES)), ids=[case.name for case in cases.CASES])
def sides(request: pytest.FixtureRequest, results: Path) -> Sides:
    """The reference's values of a case, and ours."""
    reference = np.load(results / f"reference-{request.param}.npz")
    ours = np.load(results / f"ours-{request.param}.npz")
    return dict(reference), dict(ours)


def test_the_masks_of_every_step_are_equal(sides: Sides) -> None:
    reference, ours = sides
    assert len(reference["masks"]) == cases.STEPS
    assert np.array_equal(ours["masks"], reference["masks"])


def test_the_case_does_prune_and_does_change_its_masks(sides: Sides) -> None:
    reference, _ = sides
    assert len(np.unique(reference["masks"], axis=0)) > 1


def test_the_thresholds_of_every_step_are_equal_to_the_bit(sides: Sides) -> None:
    reference, ours = sides
    assert ours["thresholds"].tobytes() == reference["thresholds"].tobytes()


def test_the_weights_of_every_step_are_equal_to_the_bit(sides: Sides) -> None:
    reference, ours = sides
    assert np.array_equal(ours["weights"], reference["weights"])


def test_the_trained_weights_are_equal_to_the_bit(sides: Sides) -> None:
    reference, ours = sides
    assert np.array_equal(ours["final"], reference["final"])


def test_the_validation_loss_of_every_epoch_is_equal_to_the_bit(sides: Sides) -> None:
    reference, ours = sides
    assert np.array_equal(ours["val_loss"], reference["val_loss"])
