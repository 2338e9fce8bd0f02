"""prunelab: see what a pruning schedule does to a Keras model, train with it, compare it.

Importing this costs neither TensorFlow nor plotly: each name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prunelab.errors import PrunelabError, UsageError
    from prunelab.lab import Lab, RunConfig
    from prunelab.plan import Plan
    from prunelab.pruning import PruneLowMagnitude
    from prunelab.schedules import ConstantSparsity, PolynomialDecay, PruningSchedule
    from prunelab.training import RunRecorder
    from prunelab.ui import Dashboard, FrontierView, ScheduleExplorer, TrainingMonitor

__version__ = "0.1.0"

__all__ = [
    "ConstantSparsity",
    "Dashboard",
    "FrontierView",
    "Lab",
    "Plan",
    "PolynomialDecay",
    "PruneLowMagnitude",
    "PrunelabError",
    "PruningSchedule",
    "RunConfig",
    "RunRecorder",
    "ScheduleExplorer",
    "TrainingMonitor",
    "UsageError",
]

_HOME = {
    "ConstantSparsity": "schedules",
    "Dashboard": "ui",
    "FrontierView": "ui",
    "Lab": "lab",
    "Plan": "plan",
    "PolynomialDecay": "schedules",
    "PruneLowMagnitude": "pruning",
    "PrunelabError": "errors",
    "PruningSchedule": "schedules",
    "RunConfig": "lab",
    "RunRecorder": "training",
    "ScheduleExplorer": "ui",
    "TrainingMonitor": "ui",
    "UsageError": "errors",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"prunelab.{_HOME[name]}"), name)
    raise AttributeError(f"module 'prunelab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
