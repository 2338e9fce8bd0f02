"""The code for tfmot, run with tfmot: it gives the schedule that was on screen."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from processes import SILENCE

from prunelab import ConstantSparsity, PolynomialDecay
from prunelab.explorer.codegen import tfmot_code

SCHEDULES = [
    ConstantSparsity(0.5, 0),
    ConstantSparsity(0.875, 1152, 5760, 7),
    PolynomialDecay(0.0, 0.875, 1152, 5760),
    PolynomialDecay(0.1, 0.9, 2, 50, power=1.5, frequency=3),
]


def test_tfmot_runs_the_code_and_has_the_same_config() -> None:
    lines = ["import json", "configs = []"]
    for schedule in SCHEDULES:
        lines += [tfmot_code(schedule), "configs.append(schedule.get_config())"]
    lines.append("print(json.dumps(configs))")
    quiet = {name: os.environ[name] for name in os.environ if name != "TF_USE_LEGACY_KERAS"}
    ran = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        env={**quiet, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=SILENCE,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert json.loads(ran.stdout.splitlines()[-1]) == [one.get_config() for one in SCHEDULES]
