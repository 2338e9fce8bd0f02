"""Which metrics of a file fit the labels of a run, and which accuracy is measured."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

from prunelab.model_file.keras_names import METRIC_FUNCTIONS, is_custom
from prunelab.model_file.losses import LOSS_NAMES

__all__ = ["Accuracy", "usable_metrics"]


class Accuracy(Enum):
    """The accuracy that is measured: class and threshold of a metric of Keras."""

    SPARSE = ("SparseCategoricalAccuracy", None)
    CATEGORICAL = ("CategoricalAccuracy", None)
    ABOVE_HALF = ("BinaryAccuracy", 0.5)
    ABOVE_0 = ("BinaryAccuracy", 0.0)


# Keras chooses the metric by labels and outputs.
_ANY_ACCURACY = ("accuracy", "acc")
_ANY = (*_ANY_ACCURACY, "crossentropy", "ce")
_NUMBERS = "numbers"


def usable_metrics(
    metrics: Sequence[Any], label_form: str, accuracy: Accuracy, *, module: bool
) -> tuple[tuple[Any, ...], list[str]]:
    """Divides the metrics of a file.

    Args:
        metrics: As Keras serialised them.
        label_form: The form of the labels (see `LabelForm`).
        accuracy: What is measured anyway.
        module: Whether the user's module is given, so that custom metrics can be made.

    Returns:
        Those to measure beside the accuracy, and the names of those that do not fit.
    """
    usable, unusable = [], []
    for one in metrics:
        name, custom = _name(one)
        if not custom and _measures(name, one, accuracy):
            continue
        sparse = name.lower().startswith("sparse")
        fits = (
            custom
            or name.lower() in _ANY
            or label_form == "column"
            or sparse == (label_form == _NUMBERS)
        )
        if (custom and not module) or not fits:
            unusable.append(name)
        else:
            usable.append(one)
    return tuple(usable), unusable


def _name(metric: Any) -> tuple[str, bool]:
    """The name of a metric in Keras, and whether it is custom."""
    if isinstance(metric, str):
        return metric, False
    if not isinstance(metric, dict):
        return str(metric), True
    if metric.get("class_name") == "function":
        function = str(metric.get("config"))
        return function.rpartition(">")[2], function not in METRIC_FUNCTIONS | LOSS_NAMES
    return str(metric.get("class_name")), is_custom(metric)


def _measures(name: str, metric: Any, accuracy: Accuracy) -> bool:
    """Whether a metric is the accuracy that is measured anyway."""
    kind, threshold = accuracy.value
    if name.lower() in _ANY_ACCURACY and isinstance(metric, str):
        return bool(threshold != 0.0)
    plain = name.replace("_", "").lower()
    if plain != kind.lower():
        return False
    config = metric.get("config") if isinstance(metric, dict) else None
    its_threshold = config.get("threshold", 0.5) if isinstance(config, dict) else 0.5
    return threshold is None or bool(its_threshold == threshold)
