"""A serialised model as layers that feed each other, followed from its outputs back."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from prunelab.model_file.keras_names import IDLE_OUTSIDE_TRAINING, is_own

__all__ = ["Layer", "Shape", "graph_of", "input_shapes"]

# Of one sample; None where any size goes.
Shape = tuple[int | None, ...]

_SEQUENTIAL = "Sequential"
_MODELS = (_SEQUENTIAL, "Functional", "Model")
# What comes out has the shape of what goes in.
_SAME_SHAPE = IDLE_OUTSIDE_TRAINING | frozenset(
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
class Layer:
    """One layer of a serialised model, where its output is used.

    Attributes:
        kind: Its class.
        config: Its config.
        name: Its name.
        own: Whether its class is a user's own.
        parents: The layers whose outputs it is given.
        takes: Shapes of what it is given, of one sample; None where the file does not say.
    """

    kind: str
    config: dict[str, Any]
    name: str
    own: bool
    parents: tuple[Layer, ...]
    takes: tuple[Shape | None, ...]

    def gives(self) -> Shape | None:
        """Shape of its output of one sample; None where only Keras can say."""
        return None if self.own else _given(self.kind, self.config, self.taken())

    def taken(self) -> Shape | None:
        """Shape of its first input of one sample; None likewise."""
        taken = self.takes[0] if self.takes else None
        return self.parents[0].gives() if taken is None and self.parents else taken


def graph_of(serialised: dict[str, Any]) -> list[Layer] | None:
    """The layers that give a model's outputs; None where its class does not say them."""
    kind, config = serialised.get("class_name"), serialised.get("config")
    if kind not in _MODELS or not isinstance(config, dict):
        return None
    layers = config.get("layers")
    if not isinstance(layers, list) or not all(isinstance(one, dict) for one in layers):
        return None
    return _sequence(layers) if kind == _SEQUENTIAL else _outputs(layers, config)


def input_shapes(serialised: dict[str, Any]) -> list[Shape] | None:
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
        found = found or _built(serialised)
        return [_shape(found)] if isinstance(found, list) and found else []
    handles = list(_handles(config.get("input_layers")))
    if not handles:
        found = _built(serialised)
        return [_shape(found)] if found and not isinstance(found[0], list) else None
    named = {one.get("name", one["config"].get("name")): one for one in config["layers"]}
    return [_shape(_batch_shape(named[handle[0]]["config"]) or []) for handle in handles]


def _built(serialised: dict[str, Any]) -> Any:
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


def _sequence(layers: list[dict[str, Any]]) -> list[Layer]:
    last: Layer | None = None
    for one in layers:
        built = (one.get("build_config") or {}).get("input_shape")
        known = isinstance(built, list) and built and not isinstance(built[0], list)
        last = _layer(one, (last,) if last else (), (_shape(built),) if known else ())
    return [last] if last else []


def _outputs(layers: list[dict[str, Any]], config: dict[str, Any]) -> list[Layer]:
    named = {one.get("name", one["config"].get("name")): one for one in layers}
    made: dict[tuple[str, int], Layer] = {}

    # In the file a layer comes after those whose outputs it is given, but for calls of one layer
    # with its own output, whose parents then are not known.
    for name, one in named.items():
        for number, node in enumerate(one.get("inbound_nodes") or [[]]):
            handles, shapes = _given_to(node)
            parents = tuple(made[h[0], h[1]] for h in handles if (h[0], h[1]) in made)
            made[name, number] = _layer(
                one, parents if len(parents) == len(handles) else (), shapes
            )
    return [made[handle[0], handle[1]] for handle in _handles(config["output_layers"])]


def _given_to(node: Any) -> tuple[list[list[Any]], tuple[Shape | None, ...]]:
    """Which tensors one call of a layer was given, with their shapes."""
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


def _layer(one: dict[str, Any], parents: tuple[Layer, ...], takes: tuple[Any, ...]) -> Layer:
    config = one.get("config") if isinstance(one.get("config"), dict) else {}
    assert isinstance(config, dict)
    inner = graph_of(one)
    if inner and len(inner) == 1:
        return inner[0]
    name = str(one.get("name", config.get("name", "")))
    return Layer(str(one.get("class_name")), config, name, is_own(one), parents, takes)


def _given(kind: str, config: dict[str, Any], taken: Shape | None) -> Shape | None:
    if kind == "InputLayer":
        return _shape(_batch_shape(config) or [])
    if kind in _RECURRENT and not config.get("return_sequences"):
        return (config["units"],)
    if taken is None:
        return None
    if kind in _SAME_SHAPE:
        return taken
    if kind == "Dense" or kind in _RECURRENT:
        return (*taken[:-1], config["units"])
    if kind == "Flatten":
        known = [one for one in taken if one is not None]
        return (math.prod(known) if len(known) == len(taken) else None,)
    if kind == "Reshape":
        target = tuple(config["target_shape"])
        return target if all(one is not None and one >= 0 for one in target) else None
    if kind.startswith(("GlobalAveragePooling", "GlobalMaxPooling")) and not config.get("keepdims"):
        last = config.get("data_format", "channels_last") == "channels_last"
        return (taken[-1] if last else taken[0],)
    return None
