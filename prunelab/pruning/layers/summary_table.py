"""`table`: what is pruned of a model, weight by weight, and why the rest is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from prunelab.errors import UsageError
from prunelab.schedules import ConstantSparsity, PruningSchedule
from prunelab.schedules.serialization.json_config import plain_config

if TYPE_CHECKING:
    import pandas as pd

    from prunelab.pruning.callback import PruneLowMagnitude

__all__ = ["table"]


def table(model: Any, pruning: PruneLowMagnitude | None = None) -> pd.DataFrame:
    """Says for every weight of a model whether it is pruned.

    Args:
        model: A built Keras model.
        pruning: The callback that is to prune it, in `fit` or before it; without one the table
            tells which weights a callback without `layers` would prune.

    Returns:
        A row for each of `model.weights`, in their order, with the columns `path`, `layer` (class
        of the layer that owns it), `shape`, `size`, `pruned`, `why` (it is not; "" where it is),
        `schedule` ("" without one) and `sparsity`: the fraction of it that is exactly zero now.

    Raises:
        UsageError: where the model is not built, `pruning` is no callback of that kind, or it
            chooses a layer that cannot be pruned.
    """
    import pandas as pd

    from prunelab.pruning.callback import PruneLowMagnitude
    from prunelab.pruning.layers.assignment import Assignment

    if pruning is not None and not isinstance(pruning, PruneLowMagnitude):
        raise UsageError(
            f"pruning={pruning!r} is not a PruneLowMagnitude: give the callback, or leave it out"
        )
    chosen = Assignment(ConstantSparsity(0.0, 0)) if pruning is None else pruning.chosen
    rows = []
    for verdict in chosen.verdicts(model):
        values = np.asarray(verdict.place.variable.numpy())
        known = verdict.schedule is not None and pruning is not None
        rows.append(
            {
                "path": verdict.place.variable.path,
                "layer": type(verdict.place.owner).__name__,
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
