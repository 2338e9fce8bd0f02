"""A serialised model as a graph of its layers, from its outputs back."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from prunelab.model_file.keras_names import TRAINING_ONLY, is_custom

__all__ = ["SavedLayer", "Shape", "model_input_shapes", "output_layers"]

# Of one sample; None for any size.
Shape = tuple[int | None, ...]

_SEQUENTIAL = "Sequential"
_MODELS = (_SEQUENTIAL, "Functional", "Model")
# Layers whose output has the shape of their input.
_SAME_SHAPE = TRAINING_ONLY | frozenset(
    [
        "Activation",
        "Softmax",
        "Sigmoid",
        "LogSoftmax",
        "BatchNormalization",
        "LayerNormalization",
        "GroupNormalization",
        "UnitNormalization",
        "Rescaling",
        "ReLU",
        "LeakyReLU",
        "PReLU",
        "ELU",
        "Masking",
        "Cast",
    ]
)

_RECURRENT = ("LSTM", "GRU", "SimpleRNN")


@dataclass(frozen=True)
class SavedLayer:
    """One call of a layer of a serialised model.

    Attributes:
        kind: Its class.
        config: Its config.
        name: Its name.
        custom: Whether its class is not of Keras.
        parents: The layers whose outputs it takes.
        input_shapes: Shapes of its inputs of one sample; None where the file does not say.
    """

    kind: str
    config: dict[str, Any]
    name: str
    custom: bool
    parents: tuple[SavedLayer, ...]
    input_shapes: tuple[Shape | None, ...]

    def output_shape(self) -> Shape | None:
        """Shape of its output of one sample; None where only Keras can compute it."""
        return None if self.custom else _output_shape(self.kind, self.config, self.input_shape())

    def input_shape(self) -> Shape | None:
        """Shape of its first input of one sample; None likewise."""
        input_shape = self.input_shapes[0] if self.input_shapes else None
        return (
            self.parents[0].output_shape() if input_shape is None and self.parents else input_shape
        )


def output_layers(serialised: dict[str, Any]) -> list[SavedLayer] | None:
    """The layers that give a model's outputs; None for a model of a custom class."""
    kind, config = serialised.get("class_name"), serialised.get("config")
    if kind not in _MODELS or not isinstance(config, dict):
        return None
    layers = config.get("layers")
    if not isinstance(layers, list) or not all(isinstance(one, dict) for one in layers):
        return None
    return _sequence(layers) if kind == _SEQUENTIAL else _outputs(layers, config)


def model_input_shapes(serialised: dict[str, Any]) -> list[Shape] | None:
    """Shapes of one sample for each input of a model; None where the file does not say.

    Returns:
        An empty list for a model that was never built.
    """
    config = serialised.get("config")
    if not isinstance(config, dict):
        return None
    if serialised.get("class_name") == _SEQUENTIAL:
        first: dict[str, Any] = next(iter(config.get("layers") or []), {})
        found = _batch_shape(first.get("config")) or config.get("build_input_shape")
        found = found or _build_shape(serialised)
        return [_shape(found)] if isinstance(found, list) and found else []
    handles = list(_handles(config.get("input_layers")))
    if not handles:
        found = _build_shape(serialised)
        return [_shape(found)] if found and not isinstance(found[0], list) else None
    named = {one.get("name", one["config"].get("name")): one for one in config["layers"]}
    return [_shape(_batch_shape(named[handle[0]]["config"]) or []) for handle in handles]


def _build_shape(serialised: dict[str, Any]) -> Any:
    return (serialised.get("build_config") or {}).get("input_shape")


def _batch_shape(config: Any) -> Any:
    if not isinstance(config, dict):
        return None
    return config.get("batch_shape") or config.get("batch_input_shape")


def _shape(batch: Any) -> Shape:
    return tuple(None if one is None else int(one) for one in batch[1:])


def _handles(tree: Any) -> Iterator[list[Any]]:
    """The `[layer, node, tensor]` of a tree of them."""
    if isinstance(tree, dict):
        for one in tree.values():
            yield from _handles(one)
    elif isinstance(tree, list):
        if len(tree) >= 3 and isinstance(tree[0], str):
            yield tree
        else:
            for one in tree:
                yield from _handles(one)


def _sequence(layers: list[dict[str, Any]]) -> list[SavedLayer]:
    last: SavedLayer | None = None
    for one in layers:
        built = (one.get("build_config") or {}).get("input_shape")
        known = isinstance(built, list) and built and not isinstance(built[0], list)
        last = _layer(one, (last,) if last else (), (_shape(built),) if known else ())
    return [last] if last else []


def _outputs(layers: list[dict[str, Any]], config: dict[str, Any]) -> list[SavedLayer]:
    named = {one.get("name", one["config"].get("name")): one for one in layers}
    made: dict[tuple[str, int], SavedLayer] = {}

    # In the file a layer comes after its inputs, except where it is called with its own output;
    # the parents of such a call stay unknown.
    for name, one in named.items():
        for number, node in enumerate(one.get("inbound_nodes") or [[]]):
            handles, shapes = _call_inputs(node)
            parents = tuple(made[h[0], h[1]] for h in handles if (h[0], h[1]) in made)
            made[name, number] = _layer(
                one, parents if len(parents) == len(handles) else (), shapes
            )
    return [made[handle[0], handle[1]] for handle in _handles(config["output_layers"])]


def _call_inputs(node: Any) -> tuple[list[list[Any]], tuple[Shape | None, ...]]:
    """The input tensors of one call of a layer, and their shapes."""
    handles: list[list[Any]] = []
    shapes: list[Shape | None] = []
    if isinstance(node, dict):
        waiting: list[Any] = [node.get("args")]
        while waiting:
            value = waiting.pop(0)
            if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
                handles.append(value["config"]["keras_history"])
                shapes.append(_shape(value["config"]["shape"]))
            elif isinstance(value, list):
                waiting += value
    else:  # As Keras 2 wrote it.
        handles = list(_handles(node))
        shapes = [None] * len(handles)
    return handles, tuple(shapes)


def _layer(
    one: dict[str, Any], parents: tuple[SavedLayer, ...], input_shapes: tuple[Any, ...]
) -> SavedLayer:
    config = one.get("config") if isinstance(one.get("config"), dict) else {}
    assert isinstance(config, dict)
    inner = output_layers(one)
    if inner and len(inner) == 1:
        return inner[0]
    name = str(one.get("name", config.get("name", "")))
    return SavedLayer(
        str(one.get("class_name")), config, name, is_custom(one), parents, input_shapes
    )


def _output_shape(kind: str, config: dict[str, Any], input_shape: Shape | None) -> Shape | None:
    if kind == "InputLayer":
        return _shape(_batch_shape(config) or [])
    if kind in _RECURRENT and not config.get("return_sequences"):
        return (config["units"],)
    if input_shape is None:
        return None
    if kind in _SAME_SHAPE:
        return input_shape
    if kind == "Dense" or kind in _RECURRENT:
        return (*input_shape[:-1], config["units"])
    if kind == "Flatten":
        known = [one for one in input_shape if one is not None]
        return (math.prod(known) if len(known) == len(input_shape) else None,)
    if kind == "Reshape":
        target = tuple(config["target_shape"])
        return target if all(one is not None and one >= 0 for one in target) else None
    if kind.startswith(("GlobalAveragePooling", "GlobalMaxPooling")) and not config.get("keepdims"):
        last = config.get("data_format", "channels_last") == "channels_last"
        return (input_shape[-1] if last else input_shape[0],)
    return None
