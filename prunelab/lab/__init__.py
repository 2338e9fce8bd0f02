"""The lab: one folder with one SQLite file, where every run leaves what happened. No TensorFlow."""

from prunelab.lab.choices import choices_of, differences, short_names, short_schedules
from prunelab.lab.compare import compare
from prunelab.lab.config import MODELS, RunConfig
from prunelab.lab.lab import Lab, default_lab
from prunelab.lab.processes.launch import start
from prunelab.lab.run import ENDED, Run
from prunelab.lab.run_writer import RunWriter, StepRow, UpdateRow
from prunelab.lab.same_runs import same_runs
from prunelab.schedules.catalog import SCHEDULES, make_schedule

__all__ = [
    "ENDED",
    "MODELS",
    "SCHEDULES",
    "Lab",
    "Run",
    "RunConfig",
    "RunWriter",
    "StepRow",
    "UpdateRow",
    "choices_of",
    "compare",
    "default_lab",
    "differences",
    "make_schedule",
    "same_runs",
    "short_names",
    "short_schedules",
    "start",
]
