"""A training loop of one's own under prunelab is the one under tfmot 0.8.1: to the bit."""

from __future__ import annotations

from pathlib import Path

import loops
import numpy as np
import pytest


@pytest.mark.parametrize("number", range(len(loops.LOOPS)), ids=[one.name for one in loops.LOOPS])
def test_every_forward_pass_and_every_step_is_equal_to_the_bit(number: int, results: Path) -> None:
    reference = np.load(results / f"loop-reference-{number}.npz")
    ours = np.load(results / f"loop-ours-{number}.npz")
    steps = loops.LOOPS[number].case.steps
    assert len(reference["masks"]) == steps
    assert not reference["masks"][-1].all()
    assert len(reference["losses"]) == steps + steps // 5 + 2
    for name in ("masks", "thresholds", "losses", "weights", "final"):
        assert ours[name].dtype == reference[name].dtype, name
        assert np.array_equal(ours[name], reference[name]), name
