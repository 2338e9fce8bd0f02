"""prunelab: see what a pruning schedule does to a Keras model, train with it, compare it.

Importing this costs neither TensorFlow nor plotly: each name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prunelab.errors import PrunelabError, PruningWarning, UsageError
    from prunelab.lab import Lab, RunConfig
    from prunelab.plan import Plan
    from prunelab.pruning import PruneLowMagnitude, PruningSummaries
    from prunelab.schedules import (
        ACDC,
        ConstantSparsity,
        CosineSchedule,
        Cyclical,
        DenseSparseDense,
        ExponentialDensity,
        FormulaSchedule,
        GeometricIMP,
        IterativeSteps,
        MultiStep,
        OneCycle,
        PointsSchedule,
        PolynomialDecay,
        PruningSchedule,
    )
    from prunelab.schedules.catalog import make_schedule
    from prunelab.training import RunRecorder
    from prunelab.ui import Dashboard, FrontierView, ScheduleExplorer, TrainingMonitor

__version__ = "0.1.0"

__all__ = [
    "ACDC",
    "ConstantSparsity",
    "CosineSchedule",
    "Cyclical",
    "Dashboard",
    "DenseSparseDense",
    "ExponentialDensity",
    "FormulaSchedule",
    "FrontierView",
    "GeometricIMP",
    "IterativeSteps",
    "Lab",
    "MultiStep",
    "OneCycle",
    "Plan",
    "PointsSchedule",
    "PolynomialDecay",
    "PruneLowMagnitude",
    "PrunelabError",
    "PruningSchedule",
    "PruningSummaries",
    "PruningWarning",
    "RunConfig",
    "RunRecorder",
    "ScheduleExplorer",
    "TrainingMonitor",
    "UsageError",
    "make_schedule",
]

_HOME = {
    "ACDC": "schedules",
    "ConstantSparsity": "schedules",
    "CosineSchedule": "schedules",
    "Cyclical": "schedules",
    "Dashboard": "ui",
    "DenseSparseDense": "schedules",
    "ExponentialDensity": "schedules",
    "FormulaSchedule": "schedules",
    "FrontierView": "ui",
    "GeometricIMP": "schedules",
    "IterativeSteps": "schedules",
    "Lab": "lab",
    "MultiStep": "schedules",
    "OneCycle": "schedules",
    "Plan": "plan",
    "PointsSchedule": "schedules",
    "PolynomialDecay": "schedules",
    "PruneLowMagnitude": "pruning",
    "PrunelabError": "errors",
    "PruningSchedule": "schedules",
    "PruningSummaries": "pruning",
    "PruningWarning": "errors",
    "RunConfig": "lab",
    "RunRecorder": "training",
    "ScheduleExplorer": "ui",
    "TrainingMonitor": "ui",
    "UsageError": "errors",
    "make_schedule": "schedules.catalog",
}

# The reference's names that nothing here has, and what does the same.
_MENDS = {
    "prune_low_magnitude": "call model.fit(x, y, callbacks=[PruneLowMagnitude(schedule)])",
    "strip_pruning": "there is nothing to strip, the model is a plain one",
    "UpdatePruningStep": "PruneLowMagnitude is the only callback",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"prunelab.{_HOME[name]}"), name)
    told = f"module 'prunelab' has no attribute {name!r}"
    raise AttributeError(f"{told}: {_MENDS[name]}" if name in _MENDS else told)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
