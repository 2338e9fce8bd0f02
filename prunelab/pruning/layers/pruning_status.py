"""When each weight of a model is pruned: by default, by choice or never, and why."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

from prunelab.errors import UsageError
from prunelab.keras_internals.layer_parts import all_layers, own_variables
from prunelab.pruning.layers.layer_kinds import dense_matrices_of, kernels_of
from prunelab.pruning.layers.lora import has_lora
from prunelab.pruning.layers.weight_owners import path_of

__all__ = ["PruningStatus", "Status", "pruning_statuses"]

# What can be ranked by magnitude; Keras calls some types of 8 bits floats, too.
_FLOATS = ("float16", "bfloat16", "float32", "float64")


class Status(Enum):
    """When a weight is pruned."""

    PRUNED = "by default"
    OFFERED = "where layers= names it, its layer or what holds that"
    EXACT = "where layers= is its whole path"
    QUANTIZED = "never, since it is no longer made of floats"
    NEVER = "never"


class PruningStatus(NamedTuple):
    """When a weight is pruned, and why it is not by default.

    Attributes:
        variable: The `keras.Variable`.
        layer: The layer that holds it.
        status: When it is pruned.
        why: Why it is not pruned by default, where it is not.
        refused: Why nothing can prune it as it is now, a line for the user; "" where that can be.
    """

    variable: Any
    layer: Any
    status: Status
    why: str = ""
    refused: str = ""


def pruning_statuses(model: Any) -> dict[int, PruningStatus]:
    """The status of every weight of a model by its `id`, in the order of the model's layers.

    Raises:
        UsageError: where the model is not built, so that nobody knows its weights yet; for a
            `get_prunable_weights` that fails, or gives something else than its layer's weights.
    """
    if not model.built:
        raise UsageError(
            f"model {model.name!r} has no weights before it is built: "
            "call model(x[:1]) before fit, or begin the model with keras.Input(shape)"
        )
    layers = all_layers(model)
    declared: dict[int, PruningStatus] = {}
    # A layer comes before those inside it: what it declares of their weights holds.
    for layer in filter(_declares, layers):
        for one in _declared(layer):
            declared.setdefault(id(one.variable), one)
    found: dict[int, PruningStatus] = {}
    # A layer of a known kind goes before others that hold the weight as well, such as a wrapper.
    for by in (_by_kind, _others):
        for one in (one for layer in layers for one in by(layer)):
            status = declared.get(id(one.variable), one)
            found.setdefault(
                id(one.variable), status._replace(layer=one.layer, refused=one.refused)
            )
    return found


def _declares(layer: Any) -> bool:
    """Whether a layer declares which of its weights are pruned, as in the reference."""
    return hasattr(layer, "get_prunable_weights") and bool(layer.weights)


def _declared(layer: Any) -> list[PruningStatus]:
    import keras

    name = type(layer).__name__
    try:
        prunable = list(layer.get_prunable_weights())
    except Exception as error:
        raise UsageError(
            f"get_prunable_weights of layer {path_of(layer)!r} failed: {type(error).__name__}: "
            f"{error}: mend {name}"
        ) from error
    held = {id(weight) for weight in layer.weights}
    for weight in prunable:
        if not isinstance(weight, keras.Variable) or id(weight) not in held:
            raise UsageError(
                f"get_prunable_weights of layer {path_of(layer)!r} gave a "
                f"{type(weight).__name__} that is no weight of it: return a list of weights that "
                f"{name} made by add_weight"
            )
        if not _is_float(weight) or not weight.shape:
            raise UsageError(
                f"get_prunable_weights of layer {path_of(layer)!r} gave {weight.path!r}, of type "
                f"{weight.dtype} and shape {tuple(weight.shape)}: return arrays of floats alone"
            )
    prunable_ids = {id(weight) for weight in prunable}
    rest = [weight for weight in layer.weights if id(weight) not in prunable_ids]
    why = f"get_prunable_weights of {name} leaves it out"
    return [PruningStatus(weight, layer, Status.PRUNED) for weight in prunable] + [
        PruningStatus(weight, layer, Status.NEVER, why) for weight in rest
    ]


def _by_kind(layer: Any) -> list[PruningStatus]:
    found = [_kernel(layer, kernel) for kernel in kernels_of(layer)]
    dense, why = dense_matrices_of(layer)
    return found + [
        PruningStatus(weight, layer, Status.EXACT, why) for weight in dense if _is_matrix(weight)
    ]


def _others(layer: Any) -> list[PruningStatus]:
    trainable, fixed = own_variables(layer)
    return [_other(layer, weight, True) for weight in trainable] + [
        _other(layer, weight, False) for weight in fixed
    ]


def _kernel(layer: Any, kernel: Any) -> PruningStatus:
    if not _is_float(kernel):
        return PruningStatus(kernel, layer, Status.QUANTIZED, _quantized(kernel))
    if not has_lora(layer):
        return PruningStatus(kernel, layer, Status.PRUNED)
    refused = (
        f"layer {path_of(layer)!r} has LoRA, which adds a dense product to what masks leave: "
        "call prunelab.pruning.merge_lora(model) and compile it again, prune before enable_lora, "
        "or choose other layers with layers="
    )
    return PruningStatus(kernel, layer, Status.PRUNED, refused=refused)


def _other(layer: Any, weight: Any, trainable: bool) -> PruningStatus:
    """Of a weight that is no kernel of its layer's kind."""
    is_keras = type(layer).__module__.split(".")[0] == "keras"
    if weight.name == "bias":
        return PruningStatus(weight, layer, Status.NEVER if is_keras else _by_path(weight), "bias")
    if weight.name.startswith("lora_"):
        return PruningStatus(weight, layer, Status.NEVER, "a part of LoRA")
    quantized = getattr(layer, "quantization_mode", None) and len(weight.shape) > 1
    if quantized and not _is_float(weight):
        return PruningStatus(weight, layer, Status.QUANTIZED, _quantized(weight))
    if not _is_matrix(weight):
        status = Status.NEVER if is_keras else _by_path(weight)
        return PruningStatus(weight, layer, status, "no kernel of a prunable layer")
    if not trainable:
        return PruningStatus(weight, layer, Status.EXACT, "not trainable")
    why = (
        f"prunelab does not know what {type(layer).__name__} does with it: name it in layers=, or "
        "give the class a method get_prunable_weights"
    )
    return PruningStatus(weight, layer, Status.OFFERED, why)


def _quantized(weight: Any) -> str:
    return f"of type {weight.dtype}, no longer floats: prune before model.quantize"


def _by_path(weight: Any) -> Status:
    return Status.EXACT if _is_float(weight) and weight.shape else Status.NEVER


def _is_matrix(weight: Any) -> bool:
    return _is_float(weight) and len(weight.shape) > 1


def _is_float(weight: Any) -> bool:
    return weight.dtype in _FLOATS
