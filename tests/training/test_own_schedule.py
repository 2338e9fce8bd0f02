"""A schedule of a user's own, through the training process that does not know its class."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from prunelab import Lab, PruningSchedule, RunConfig
from prunelab.lab import start


class Twice(PruningSchedule):
    """Prunes at two steps only."""

    def __call__(self, step: Any) -> tuple[Any, Any]:
        return step in (20, 60), 0.4 if step < 50 else 0.6

    def get_config(self) -> dict[str, Any]:
        return {"class_name": "Twice", "config": {}}


def test_a_class_that_the_training_process_cannot_import_prunes_there(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    number = start(lab, RunConfig(Twice(), epochs=2))
    end = time.monotonic() + 90
    while lab.run(number).active:
        assert time.monotonic() < end, "the run did not end"
        time.sleep(0.2)
    run = lab.run(number)
    assert run.state == "finished", run.error
    assert run.schedule == {"class_name": "Twice", "config": {}}
    assert run.sparsity == pytest.approx(0.6, abs=1e-3)
    assert lab.updates(number)["step"].unique().tolist() == [20, 60]
