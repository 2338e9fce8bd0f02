"""The part of Keras that choosing weights needs, on NumPy arrays. Stands as `keras` where run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np


class Variable:
    def __init__(self, path: str, values: Any) -> None:
        self.path, self.name = path, path.rpartition("/")[2]
        self.array = np.asarray(values, np.float32)
        self.shape, self.dtype = self.array.shape, "float32"

    def numpy(self) -> Any:
        return self.array.copy()

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.array


class Layer:
    """Arrays and layers by their attributes' names; a path as within a model."""

    def __init__(self, path: str, *inside: Layer, **arrays: Any) -> None:
        self.path, self.name, self.built = path, path.rpartition("/")[2], True
        self._inside = inside
        for name, values in arrays.items():
            setattr(self, name, Variable(f"{path}/{name}", values))
        self._trainable_variables = [
            one for one in vars(self).values() if isinstance(one, Variable)
        ]
        self._non_trainable_variables: list[Variable] = []

    @property
    def weights(self) -> list[Variable]:
        return [
            *self._trainable_variables,
            *(weight for layer in self._inside for weight in layer.weights),
        ]

    def _flatten_layers(self, include_self: bool) -> list[Layer]:
        layers = [one for layer in self._inside for one in layer._flatten_layers(True)]
        return [self, *layers] if include_self else layers


class Model(Layer):
    pass


class Dense(Layer):
    pass


class Embedding(Layer):
    pass


class BatchNormalization(Layer):
    pass


class RNN(Layer):
    pass


layers = SimpleNamespace(
    Layer=Layer, Dense=Dense, Embedding=Embedding, BatchNormalization=BatchNormalization, RNN=RNN
)
