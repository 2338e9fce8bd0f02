"""`table`: what is pruned of a model, weight by weight, and why the rest is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from prunelab.errors import UsageError
from prunelab.pruning.layers.assignment import Assignment
from prunelab.schedules import ConstantSparsity, PruningSchedule
from prunelab.schedules.serialization.json_config import plain_config

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["table"]


class Pruning(Protocol):
    """What the table reads of a `PruneLowMagnitude`."""

    assignment: Assignment


def table(model: Any, pruning: Pruning | None = None) -> pd.DataFrame:
    """Shows for every weight of a model whether it is pruned.

    Args:
        model: A built Keras model.
        pruning: The `PruneLowMagnitude` that is to prune it, in `fit` or before it; without one the
            table shows which weights a callback without `layers` would prune.

    Returns:
        A row for each of `model.weights`, in their order, with the columns `path`, `layer` (class
        of the layer that owns it), `shape`, `size`, `pruned`, `why` (it is not; "" where it is),
        `schedule` ("" without one) and `sparsity`: the fraction of it that is exactly zero now.

    Raises:
        UsageError: where the model is not built, `pruning` is no callback of that kind, or it
            names a layer that cannot be pruned.
    """
    import pandas as pd

    assignment: Any = Assignment(ConstantSparsity(0.0, 0))
    if pruning is not None:
        assignment = getattr(pruning, "assignment", None)
    if not isinstance(assignment, Assignment):
        raise UsageError(
            f"pruning={pruning!r} is not a PruneLowMagnitude: give the callback, or leave it out"
        )
    rows = []
    for verdict in assignment.verdicts(model):
        values = np.asarray(verdict.weight.variable.numpy())
        known = verdict.schedule is not None and pruning is not None
        rows.append(
            {
                "path": verdict.weight.variable.path,
                "layer": type(verdict.weight.owner).__name__,
                "shape": values.shape,
                "size": values.size,
                "pruned": verdict.schedule is not None,
                "why": verdict.why,
                "schedule": _text(verdict.schedule) if known else "",
                "sparsity": float((values == 0).mean()) if values.size else 0.0,
            }
        )
    names = ["path", "layer", "shape", "size", "pruned", "why", "schedule", "sparsity"]
    return pd.DataFrame(rows, columns=names)


def _text(schedule: PruningSchedule | None) -> str:
    assert schedule is not None
    config = plain_config(schedule)
    values = ", ".join(f"{name}={value}" for name, value in config["config"].items())
    return f"{config['class_name']}({values})"
