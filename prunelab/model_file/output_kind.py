"""What a model's output is: probabilities, logits, or what only its author knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from prunelab.model_file.graph import Layer
from prunelab.model_file.keras_names import IDLE_OUTSIDE_TRAINING, is_own

__all__ = ["LOGITS", "SIGMOID", "SOFTMAX", "ending_of"]

SOFTMAX = "softmax"
SIGMOID = "sigmoid"
LOGITS = "logits"

# They change neither the order nor the sense of what goes through them.
_THROUGH = IDLE_OUTSIDE_TRAINING | frozenset(
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
# Of logits they make logits.
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
# Whatever goes in, any number may come out.
_ANY_NUMBER = frozenset(["BatchNormalization", "LayerNormalization", "GroupNormalization"])
_BY_NAME = {
    "linear": LOGITS,
    # The softmax of these is what it was made of.
    "log_softmax": LOGITS,
    "softmax": SOFTMAX,
    "sigmoid": SIGMOID,
}
_BY_KIND = {"Softmax": SOFTMAX, "Sigmoid": SIGMOID, "LogSoftmax": LOGITS}


def ending_of(layer: Layer) -> str:
    """Says what a layer gives out.

    Returns:
        `SOFTMAX`, `SIGMOID`, `LOGITS`, or "" where that cannot be known from the file.
    """
    if layer.own:
        return ""
    if layer.kind in _BY_KIND:
        return _BY_KIND[layer.kind] if _along_classes(layer) else ""
    if layer.kind == "Activation":
        name = _activation(layer.config.get("activation"))
        return _before(layer) if name == "linear" else _BY_NAME.get(name, "")
    if layer.kind == "Lambda":
        name = _activation(layer.config.get("function"))
        return _before(layer) if name == "linear" else _BY_NAME.get(name, "")
    if layer.kind in _THROUGH:
        return _before(layer)
    if layer.kind in _ANY_NUMBER:
        return LOGITS
    if layer.kind == "Average" and layer.parents:
        return _common(ending_of(one) for one in layer.parents)
    if layer.kind in _OF_LOGITS and layer.parents:
        common = _common(ending_of(one) for one in layer.parents)
        return common if common == LOGITS else ""
    if layer.kind in ("TimeDistributed", "SpectralNormalization"):
        inner = layer.config.get("layer")
        if isinstance(inner, dict) and isinstance(inner.get("config"), dict):
            return _by_activation(inner["config"])
    return _by_activation(layer.config)


def _by_activation(config: dict[str, Any]) -> str:
    return _BY_NAME.get(_activation(config["activation"]), "") if "activation" in config else ""


def _before(layer: Layer) -> str:
    return ending_of(layer.parents[0]) if len(layer.parents) == 1 else ""


def _common(endings: Iterable[str]) -> str:
    different = set(endings)
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
    if is_own(serialised):
        return ""
    return {"Softmax": "softmax", "Sigmoid": "sigmoid"}.get(str(name), "")


def _along_classes(layer: Layer) -> bool:
    """Whether a softmax is over the last axis, which is that of the classes."""
    axis = layer.config.get("axis", -1)
    axes = axis if isinstance(axis, list) else [axis]
    taken = layer.taken()
    return axes == [-1] or (taken is not None and axes == [len(taken)])
