"""Which metric of a model is its accuracy, whatever it is called."""

from __future__ import annotations

from typing import Any

import keras

from prunelab.keras_internals.trainer_parts import metrics_by_output

__all__ = ["accuracy_name", "accuracy_of"]

# In the first k of many is another matter than right.
_OTHERS = (
    keras.metrics.TopKCategoricalAccuracy,
    keras.metrics.SparseTopKCategoricalAccuracy,
)
_ACCURACIES = (
    keras.metrics.Accuracy,
    keras.metrics.BinaryAccuracy,
    keras.metrics.CategoricalAccuracy,
    keras.metrics.SparseCategoricalAccuracy,
)


def accuracy_of(model: Any) -> Any | None:
    """The metric that averages a compiled model's accuracy.

    Args:
        model: A model; Keras makes its metrics with the first batch, and knows none before.

    Returns:
        The first of Keras's accuracies; else the first average that is called so; else None.
    """
    metrics = [one for metric in model.metrics for one in getattr(metric, "metrics", [metric])]
    averages = [
        one
        for one in metrics
        if isinstance(one, keras.metrics.Mean) and not isinstance(one, _OTHERS)
    ]
    exact = (one for one in averages if isinstance(one, _ACCURACIES))
    called_so = (one for one in averages if "acc" in one.name and "top" not in one.name)
    return next(exact, None) or next(called_so, None)


def accuracy_name(model: Any) -> str | None:
    """The name under which Keras logs a model's accuracy; None where it measures none."""
    metric = accuracy_of(model)
    if metric is None:
        return None
    for output, metrics in metrics_by_output(model):
        if metric in metrics:
            return f"{output}_{metric.name}"
    return str(metric.name)
