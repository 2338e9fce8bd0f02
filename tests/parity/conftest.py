"""The two sides of the parity tests: processes that are started once for the whole session."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from processes import Side, Sides

from prunelab import ConstantSparsity, PolynomialDecay

HERE = Path(__file__).parent

CONFIGS = [
    ConstantSparsity(0.5, 0).get_config(),
    ConstantSparsity(0.875, begin_step=10, end_step=200, frequency=7).get_config(),
    PolynomialDecay(0.0, 0.875, begin_step=1152, end_step=5760).get_config(),
    PolynomialDecay(0.1, 0.9, 2, 50, power=1.5, frequency=3).get_config(),
]

SIDES = pytest.StashKey[Sides]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Starts the processes before the first test, so that they compute while others run."""
    asked_for = any("results" in getattr(item, "fixturenames", ()) for item in session.items)
    if asked_for and not session.config.option.collectonly:
        folder = TemporaryDirectory(prefix="prunelab-parity-")
        session.config.add_cleanup(folder.cleanup)
        sides = session.config.stash[SIDES] = _started(Path(folder.name))
        session.config.add_cleanup(sides.end)


def _started(folder: Path) -> Sides:
    (folder / "configs.json").write_text(json.dumps(CONFIGS))
    # One thread each: they share the cores, and sums do not depend on how many a machine has.
    threads = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    quiet = {**os.environ, **threads, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    native = {name: quiet[name] for name in quiet if name != "TF_USE_LEGACY_KERAS"}
    legacy = {**quiet, "TF_USE_LEGACY_KERAS": "1"}
    commands = [
        (["reference.py", str(folder), "fits"], legacy),
        (["ours.py", str(folder)], native),
        (["reference.py", str(folder), "rest"], legacy),
        (["structures.py", str(folder)], legacy),
    ]
    sides = [
        Side(folder, [str(HERE / script), *rest], environment)
        for (script, *rest), environment in commands
    ]
    return Sides(folder, sides)


@pytest.fixture
def results(request: pytest.FixtureRequest) -> Path:
    """The folder with everything that both sides have computed."""
    return request.config.stash[SIDES].results()


@pytest.fixture(scope="session")
def configs() -> list[dict]:
    return CONFIGS
