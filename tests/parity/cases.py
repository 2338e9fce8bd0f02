"""What both sides of the parity tests train: data, models, schedules. Imports no Keras."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from itertools import product
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np
from sklearn.datasets import load_digits

BATCH_SIZE = 32
# 18 batches an epoch, the last of them smaller.
SAMPLES, VALIDATION_SAMPLES, BATCHES = 17 * BATCH_SIZE + 20, 100, 18

T = TypeVar("T")

CONSTANT, POLYNOMIAL = "ConstantSparsity", "PolynomialDecay"


@dataclass(frozen=True)
class Case:
    """One training: `epochs` of every call of `fit`, with one model and one callback for all."""

    model: str
    optimizer: str
    schedule: str
    values: dict[str, Any] = field(hash=False)
    epochs: tuple[int, ...] = (2,)

    @property
    def name(self) -> str:
        values = "-".join(f"{key}={value}" for key, value in self.values.items())
        fits = "" if self.epochs == (2,) else f"-epochs={'+'.join(map(str, self.epochs))}"
        return f"{self.model}-{self.optimizer}-{self.schedule}-{values}{fits}"

    @property
    def steps(self) -> int:
        return sum(self.epochs) * BATCHES


def _constant(begin: int, end: int, frequency: int) -> tuple[str, dict[str, Any]]:
    return CONSTANT, {
        "target_sparsity": 0.7,
        "begin_step": begin,
        "end_step": end,
        "frequency": frequency,
    }


def _decay(power: float, begin: int, frequency: int, end: int = 30) -> tuple[str, dict[str, Any]]:
    return POLYNOMIAL, {
        "initial_sparsity": 0.1,
        "final_sparsity": 0.875,
        "begin_step": begin,
        "end_step": end,
        "power": power,
        "frequency": frequency,
    }


MODELS = ("mlp", "cnn", "lstm", "attention", "separable")
OPTIMIZERS = ("sgd", "adam", "adamw")
SCHEDULES = [
    _constant(0, -1, 1),
    _constant(5, 12, 5),
    _constant(3, -1, 7),
    _decay(1, 0, 1),
    _decay(2, 4, 7),
    _decay(3, 0, 7),
    _decay(3, 6, 1),
    _decay(1.5, 3, 5),
]


def share(work: list[T]) -> list[T]:
    """All of some work; where a second Keras is tried (`.ci/run`), one in so many."""
    return work[:: int(os.environ.get("PRUNELAB_PARITY_ONE_IN", "1"))]


_CASES = [
    *[Case(*names, *schedule) for *names, schedule in product(MODELS, OPTIMIZERS, SCHEDULES)],
    # 216 steps for the frequency that is the default.
    *[Case("mlp", name, *_decay(3, 0, 100, 200), epochs=(12,)) for name in OPTIMIZERS],
    Case("mlp", "adam", *_constant(0, -1, 100), epochs=(12,)),
    # A second `fit` goes on: its first batch is step 19, and the decay ends in it.
    *[Case(name, "adam", *_decay(3, 3, 7), epochs=(1, 1)) for name in MODELS],
    Case("mlp", "sgd", *_constant(5, 12, 5), epochs=(1, 1, 1)),
]
CASES = share(_CASES)

# Trained by the reference alone: here the two Keras compute other gradients (docs/parity.md).
STOCK = share([Case("stock attention", name, *_decay(3, 6, 1)) for name in OPTIMIZERS])

# Counts of kept weights are compared for the sizes that float32 counts one by one ...
SIZES = [1_000, 4_608, 123_457, 500_000, 1_000_000, 9_999_991, 10_000_000, 2**24]
# ... and are the reference's mistake beyond.
LARGE_SIZES = [2**24 + 1, 33_554_437, 100_000_001]

# A schedule, and for how many steps its values are compared.
Curve = tuple[str, dict[str, Any], int]


def _curve(initial: float, final: float, begin: int, end: int, power: float) -> Curve:
    values = {
        "initial_sparsity": initial,
        "final_sparsity": final,
        "begin_step": begin,
        "end_step": end,
        "power": power,
        "frequency": 1,
    }
    return POLYNOMIAL, values, end + 50


def _line(target: float) -> Curve:
    return CONSTANT, {"target_sparsity": target, "begin_step": 0, "frequency": 1}, 3


CURVES: list[Curve] = [
    *[
        _curve(*values)
        for values in [
            (0.0, 0.875, 1152, 5760, 3),
            (0.0, 0.875, 1152, 5760, 1),
            (0.0, 0.875, 1152, 5760, 1 / 3),
            (0.5, 0.9, 0, 1000, 2),
            (0.3, 0.8, 17, 1213, 1.5),
            (0.8, 0.3, 100, 900, 3),
            (0.0, 0.95, 0, 777, 4),
            (0.1, 0.9, 3, 1003, 0.7),
            (0.0, 0.6, 10, 1001, 0.5),
            # 41 * float32(1 / 41) is not 1, so the root misses its end: the reference does too.
            (0.0, 0.5, 0, 41, 0.5),
            (0.0, 0.99, 50, 950, 2.3),
            (0.2, 0.2, 5, 400, 3),
        ]
    ],
    *[_line(target) for target in (0.0, 0.1, 0.3, 0.5, 0.7, 0.875, 0.9, 0.99, 0.123456)],
]

# Curve, step and size of the counts that are one apart: glibc's powf, which the reference calls,
# does not round 0.05967879 ** (1 / 3) to the nearest float32, as prunelab does.
POW_ROUNDING = {(2, 5485, 9_999_991), (2, 5485, 2**24)}

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def data(model: str) -> Arrays:
    """Training samples, their labels, and the same for validation."""
    digits = load_digits()
    x, y = (digits.images / 16.0).astype(np.float32), digits.target.astype(np.int64)
    if "attention" in model:
        # The grey values of the middle are its tokens.
        x = digits.images[:, 2:6, 2:6].reshape(-1, 16).astype(np.int32)
    end = SAMPLES + VALIDATION_SAMPLES
    return x[:SAMPLES], y[:SAMPLES], x[SAMPLES:end], y[SAMPLES:end]


def build(keras: Any, model: str) -> Any:
    """A model in either Keras, always with the same weights."""
    layers = keras.layers
    last = layers.Dense(10, activation="softmax")
    if "attention" in model:
        # Sums of gradients are taken in one order by both Keras where every gradient is dense (a
        # regularizer makes an embedding's so) and attention has no biases: docs/parity.md.
        stock = model == "stock attention"
        regularizer = None if stock else keras.regularizers.L2(1e-4)
        tokens = keras.Input((16,), dtype="int32")
        embedded = layers.Embedding(17, 8, embeddings_regularizer=regularizer)(tokens)
        # tfmot's wrapper passes one input on, and the others by name only.
        mixed = layers.MultiHeadAttention(2, 4, use_bias=stock)(embedded, value=embedded)
        built = keras.Model(tokens, last(layers.Flatten()(mixed)))
    else:
        body = {
            "mlp": [layers.Flatten(), layers.Dense(40, activation="relu")],
            "cnn": [
                layers.Reshape((8, 8, 1)),
                layers.Conv2D(6, 3, activation="relu"),
                layers.Flatten(),
                layers.Dense(12, activation="relu"),
            ],
            "lstm": [layers.LSTM(10)],
            "separable": [
                layers.Reshape((8, 8, 1)),
                layers.SeparableConv2D(6, 3, depth_multiplier=2, activation="relu"),
                layers.Flatten(),
            ],
        }
        built = keras.Sequential([*body[model], last])
        built.build((None, 8, 8))
    generator = np.random.default_rng(7)
    for weight in roles(built.layers):
        weight.assign((generator.normal(size=weight.shape) * 0.2).astype(np.float32))
    return built


_DENSE = ("kernel", "bias")
_ROLES = {
    "Dense": _DENSE,
    "Conv2D": _DENSE,
    "LSTM": tuple(f"cell.{name}" for name in ("kernel", "recurrent_kernel", "bias")),
    "Embedding": ("embeddings",),
    "MultiHeadAttention": tuple(
        f"_{role}_dense.{name}" for role in ("query", "key", "value", "output") for name in _DENSE
    ),
    "SeparableConv2D": ("depthwise_kernel", "pointwise_kernel", "bias"),
}


def roles(layers: list[Any]) -> list[Any]:
    """The variables of some layers of either Keras by what they are for, always in one order."""
    found = [
        attrgetter(role)(layer) for layer in layers for role in _ROLES.get(type(layer).__name__, ())
    ]
    return [variable for variable in found if variable is not None]


ALWAYS = {
    "class_name": CONSTANT,
    "config": {"target_sparsity": 0.5, "begin_step": 0, "frequency": 1},
}


def unpruned(keras: Any) -> dict[str, Any]:
    """Models of which the reference's wrapper takes every layer, and prunes none."""
    layers = keras.layers
    return {
        "DepthwiseConv2D": keras.Sequential(
            [keras.Input((4, 4, 2)), layers.DepthwiseConv2D(3, use_bias=False)]
        ),
        "BatchNormalization": keras.Sequential([keras.Input((4,)), layers.BatchNormalization()]),
        "LayerNormalization": keras.Sequential([keras.Input((4,)), layers.LayerNormalization()]),
    }


def refused(keras: Any) -> dict[str, Any]:
    """Models that the reference refuses with an error."""
    layers = keras.layers

    class OwnDense(layers.Dense):
        pass

    bodies = {
        "Bidirectional": ((4, 3), layers.Bidirectional(layers.LSTM(2))),
        "TimeDistributed": ((4, 3), layers.TimeDistributed(layers.Dense(2))),
        "EinsumDense": ((4, 3), layers.EinsumDense("abc,cd->abd", output_shape=(None, 2))),
        "subclass of Dense": ((3,), OwnDense(2)),
        "ConvLSTM2D": ((2, 4, 4, 1), layers.ConvLSTM2D(2, 2)),
    }
    return {
        name: keras.Sequential([keras.Input(shape), layer])
        for name, (shape, layer) in bodies.items()
    }


def optimizer(keras: Any, name: str) -> Any:
    if name == "sgd":
        return keras.optimizers.SGD(0.05, momentum=0.9)
    if name == "adam":
        return keras.optimizers.Adam(0.01)
    return keras.optimizers.AdamW(0.01, weight_decay=0.02)


def progress(done: str) -> None:
    """Reports a piece of work that is done: `processes.Side` waits as long as these lines come."""
    sys.stdout.write(f"{done}\n")
    sys.stdout.flush()


def flat(arrays: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.asarray(array).reshape(-1) for array in arrays])
