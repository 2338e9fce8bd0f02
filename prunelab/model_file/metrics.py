"""Which metrics of a file go with the labels of a run, and what counts a sample as right."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

from prunelab.model_file.keras_names import METRIC_FUNCTIONS, is_own
from prunelab.model_file.losses import LOSS_NAMES

__all__ = ["Accuracy", "kept_metrics"]


class Accuracy(Enum):
    """When a sample counts as right: class and config of the metric of Keras that says so."""

    SPARSE = ("SparseCategoricalAccuracy", None)
    CATEGORICAL = ("CategoricalAccuracy", None)
    ABOVE_HALF = ("BinaryAccuracy", 0.5)
    ABOVE_0 = ("BinaryAccuracy", 0.0)


# Keras chooses what they are by labels and outputs.
_ANY_ACCURACY = ("accuracy", "acc")
_ANY = (*_ANY_ACCURACY, "crossentropy", "ce")
_NUMBERS = "numbers"


def kept_metrics(
    metrics: Sequence[Any], labels: str, accuracy: Accuracy, *, module: bool
) -> tuple[tuple[Any, ...], list[str]]:
    """Divides the metrics of a file.

    Args:
        metrics: As Keras serialised them.
        labels: The form of the labels (see `Labels`).
        accuracy: What is measured anyway.
        module: Whether metrics that are not of Keras can be made.

    Returns:
        Those to measure beside the accuracy, and the names of those that cannot be.
    """
    kept, left_out = [], []
    for one in metrics:
        name, own = _name(one)
        if not own and _measures(name, one, accuracy):
            continue
        sparse = name.lower().startswith("sparse")
        fits = own or name.lower() in _ANY or labels == "column" or sparse == (labels == _NUMBERS)
        if (own and not module) or not fits:
            left_out.append(name)
        else:
            kept.append(one)
    return tuple(kept), left_out


def _name(metric: Any) -> tuple[str, bool]:
    """What a metric is called in Keras, and whether it is a user's own."""
    if isinstance(metric, str):
        return metric, False
    if not isinstance(metric, dict):
        return str(metric), True
    if metric.get("class_name") == "function":
        function = str(metric.get("config"))
        return function.rpartition(">")[2], function not in METRIC_FUNCTIONS | LOSS_NAMES
    return str(metric.get("class_name")), is_own(metric)


def _measures(name: str, metric: Any, accuracy: Accuracy) -> bool:
    """Whether a metric is the accuracy that is measured anyway."""
    kind, threshold = accuracy.value
    if name.lower() in _ANY_ACCURACY and isinstance(metric, str):
        return bool(threshold != 0.0)
    plain = name.replace("_", "").lower()
    if plain != kind.lower():
        return False
    config = metric.get("config") if isinstance(metric, dict) else None
    own = config.get("threshold", 0.5) if isinstance(config, dict) else 0.5
    return threshold is None or bool(own == threshold)
