"""Which layer owns each weight of a Keras model, and which layers and models hold that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from prunelab.keras_internals.layer_parts import layers_inside, own_variables

__all__ = ["WeightOwner", "path_of", "weight_owners"]


@dataclass(frozen=True)
class WeightOwner:
    """A weight and the layers that hold it.

    Attributes:
        variable: The `keras.Variable`.
        owner: The layer it is a weight of: the innermost one, but a recurrent layer rather than its
            cell; the model itself for a weight of no layer.
        holders: Every layer and nested model that holds it, `owner` among them.
    """

    variable: Any
    owner: Any
    holders: tuple[Any, ...]


def weight_owners(model: Any) -> list[WeightOwner]:
    """Who owns every weight of a built model, in the order of `model.weights`."""
    import keras

    holders: dict[int, list[Any]] = {}
    owners: dict[int, Any] = {}
    for layer in layers_inside(model):
        for variable in layer.weights:
            holders.setdefault(id(variable), []).append(layer)
        trainable, fixed = own_variables(layer)
        for variable in (*trainable, *fixed):
            owners.setdefault(id(variable), layer)
    found = []
    for variable in model.weights:
        layers = tuple(holders.get(id(variable), ()))
        recurrent = [layer for layer in layers if isinstance(layer, keras.layers.RNN)]
        owner = recurrent[-1] if recurrent else owners.get(id(variable), model)
        found.append(WeightOwner(variable, owner, layers))
    return found


def path_of(layer: Any) -> str:
    """A layer's path in its model, such as `sequential/dense`; its name before it has one."""
    return str(getattr(layer, "path", None) or layer.name)
