"""Testing a trained model once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prunelab.training.accuracy import accuracy_name

__all__ = ["evaluate"]

_BATCH_SIZE = 1000


def evaluate(
    model: Any, x: Any, y: Any = None, callbacks: Sequence[Any] = ()
) -> tuple[float, float | None]:
    """Loss and accuracy of a compiled model on its test part.

    Args:
        model: A compiled Keras model.
        x: Test samples, or a data set of batches with their labels.
        y: The labels of samples.
        callbacks: Keras's callbacks for it.

    Returns:
        The loss, and the accuracy in [0, 1], or None where the model has no such metric.
    """
    size = {} if y is None else {"batch_size": _BATCH_SIZE}
    values = model.evaluate(x, y, callbacks=list(callbacks), verbose=0, return_dict=True, **size)
    name = accuracy_name(model)
    return float(values["loss"]), None if name is None else float(values[name])
