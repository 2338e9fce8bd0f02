"""The two sides of the parity tests: one process each, run once for the whole session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from prunelab import ConstantSparsity, PolynomialDecay

HERE = Path(__file__).parent

CONFIGS = [
    ConstantSparsity(0.5, 0).get_config(),
    ConstantSparsity(0.875, begin_step=10, end_step=200, frequency=7).get_config(),
    PolynomialDecay(0.0, 0.875, begin_step=1152, end_step=5760).get_config(),
    PolynomialDecay(0.1, 0.9, 2, 50, power=1.5, frequency=3).get_config(),
]


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with everything that both sides have computed."""
    folder = tmp_path_factory.mktemp("parity")
    (folder / "configs.json").write_text(json.dumps(CONFIGS))
    # One thread each: they share the cores, and sums do not depend on how many a machine has.
    threads = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    quiet = {**os.environ, **threads, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    native = {name: quiet[name] for name in quiet if name != "TF_USE_LEGACY_KERAS"}
    legacy = {**quiet, "TF_USE_LEGACY_KERAS": "1"}
    sides = [
        (["reference.py", "fits"], legacy),
        (["ours.py"], native),
        (["reference.py", "rest"], legacy),
    ]
    running = []
    for number, ((script, *parts), environment) in enumerate(sides):
        told = folder / f"told-{number}.txt"
        with told.open("w") as stderr:
            process = subprocess.Popen(
                [sys.executable, str(HERE / script), str(folder), *parts],
                env=environment,
                stderr=stderr,
            )
        running.append((process, told))
    for process, told in running:
        assert process.wait(timeout=900) == 0, told.read_text()[-3000:]
    return folder


@pytest.fixture(scope="session")
def configs() -> list[dict]:
    return CONFIGS
