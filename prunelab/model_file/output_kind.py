"""What a model's output is: probabilities, logits, or unknown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from prunelab.model_file.graph import SavedLayer
from prunelab.model_file.keras_names import TRAINING_ONLY, is_custom

__all__ = ["LOGITS", "SIGMOID", "SOFTMAX", "output_kind"]

SOFTMAX = "softmax"
SIGMOID = "sigmoid"
LOGITS = "logits"

# Layers whose output is of the kind of their input.
_THROUGH = TRAINING_ONLY | frozenset(
    [
        "Flatten",
        "Reshape",
        "Permute",
        "Squeeze",
        "ExpandDims",
        "Cast",
        "AveragePooling1D",
        "AveragePooling2D",
        "AveragePooling3D",
        "GlobalAveragePooling1D",
        "GlobalAveragePooling2D",
        "GlobalAveragePooling3D",
    ]
)
# Layers that make logits of logits.
_OF_LOGITS = frozenset(
    [
        "Add",
        "Subtract",
        "Average",
        "Maximum",
        "Minimum",
        "Concatenate",
        "Rescaling",
        "Divide",
        "TrueDivide",
        "Multiply",
        "Negative",
        "GlobalMaxPooling1D",
        "GlobalMaxPooling2D",
        "GlobalMaxPooling3D",
    ]
)
# Layers whose output is any number, whatever their input.
_ANY_NUMBER = frozenset(["BatchNormalization", "LayerNormalization", "GroupNormalization"])
_BY_NAME = {
    "linear": LOGITS,
    # A softmax of log-probabilities gives the probabilities.
    "log_softmax": LOGITS,
    "softmax": SOFTMAX,
    "sigmoid": SIGMOID,
}
_BY_CLASS = {"Softmax": SOFTMAX, "Sigmoid": SIGMOID, "LogSoftmax": LOGITS}


def output_kind(layer: SavedLayer) -> str:
    """The kind of a layer's output.

    Returns:
        `SOFTMAX`, `SIGMOID`, `LOGITS`, or "" where the file does not say it.
    """
    if layer.custom:
        return ""
    if layer.kind in _BY_CLASS:
        return _BY_CLASS[layer.kind] if _along_classes(layer) else ""
    if layer.kind == "Activation":
        name = _activation(layer.config.get("activation"))
        return _kind_before(layer) if name == "linear" else _BY_NAME.get(name, "")
    if layer.kind == "Lambda":
        name = _activation(layer.config.get("function"))
        return _kind_before(layer) if name == "linear" else _BY_NAME.get(name, "")
    if layer.kind in _THROUGH:
        return _kind_before(layer)
    if layer.kind in _ANY_NUMBER:
        return LOGITS
    if layer.kind == "Average" and layer.parents:
        return _common_kind(output_kind(one) for one in layer.parents)
    if layer.kind in _OF_LOGITS and layer.parents:
        common = _common_kind(output_kind(one) for one in layer.parents)
        return common if common == LOGITS else ""
    if layer.kind in ("TimeDistributed", "SpectralNormalization"):
        inner = layer.config.get("layer")
        if isinstance(inner, dict) and isinstance(inner.get("config"), dict):
            return _by_activation(inner["config"])
    return _by_activation(layer.config)


def _by_activation(config: dict[str, Any]) -> str:
    return _BY_NAME.get(_activation(config["activation"]), "") if "activation" in config else ""


def _kind_before(layer: SavedLayer) -> str:
    return output_kind(layer.parents[0]) if len(layer.parents) == 1 else ""


def _common_kind(kinds: Iterable[str]) -> str:
    different = set(kinds)
    return different.pop() if len(different) == 1 else ""


def _activation(serialised: Any) -> str:
    """Name of an activation of Keras; empty for anything else."""
    if serialised is None:
        return "linear"
    if isinstance(serialised, str):
        return serialised
    if not isinstance(serialised, dict):
        return ""
    name, inner = serialised.get("class_name"), serialised.get("config")
    if name == "function":
        return inner if isinstance(inner, str) else ""
    if name == "Activation" and isinstance(inner, dict):
        return _activation(inner.get("activation"))
    if is_custom(serialised):
        return ""
    return {"Softmax": "softmax", "Sigmoid": "sigmoid"}.get(str(name), "")


def _along_classes(layer: SavedLayer) -> bool:
    """Whether a softmax is over the last axis, which is that of the classes."""
    axis = layer.config.get("axis", -1)
    axes = axis if isinstance(axis, list) else [axis]
    input_shape = layer.input_shape()
    return axes == [-1] or (input_shape is not None and axes == [len(input_shape)])
