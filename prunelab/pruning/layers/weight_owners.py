"""Where the weights of a Keras model belong: which layer owns each, and which are around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from prunelab.keras_internals.layer_parts import layers_inside, own_variables

__all__ = ["WeightOwner", "path_of", "places"]


@dataclass(frozen=True)
class WeightOwner:
    """A weight and the layers that hold it.

    Attributes:
        variable: The `keras.Variable`.
        owner: The layer it is a weight of: the innermost one, but a recurrent layer rather than its
            cell; the model itself for a weight of no layer.
        around: Every layer and nested model that holds it, `owner` among them.
    """

    variable: Any
    owner: Any
    around: tuple[Any, ...]


def places(model: Any) -> list[WeightOwner]:
    """The place of every weight of a built model, in the order of `model.weights`."""
    import keras

    around: dict[int, list[Any]] = {}
    owner: dict[int, Any] = {}
    for layer in layers_inside(model):
        for variable in layer.weights:
            around.setdefault(id(variable), []).append(layer)
        trainable, fixed = own_variables(layer)
        for variable in (*trainable, *fixed):
            owner.setdefault(id(variable), layer)
    found = []
    for variable in model.weights:
        layers = tuple(around.get(id(variable), ()))
        recurrent = [layer for layer in layers if isinstance(layer, keras.layers.RNN)]
        own = recurrent[-1] if recurrent else owner.get(id(variable), model)
        found.append(WeightOwner(variable, own, layers))
    return found


def path_of(layer: Any) -> str:
    """A layer's path in its model, such as `sequential/dense`; its name before it has one."""
    return str(getattr(layer, "path", None) or layer.name)
