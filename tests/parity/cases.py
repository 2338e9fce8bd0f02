"""What both sides of the parity tests train: data, models, schedules. Imports no Keras."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

EPOCHS, BATCH_SIZE = 2, 32
# 18 batches an epoch, the last of them smaller.
SAMPLES, VALIDATION_SAMPLES = 17 * BATCH_SIZE + 20, 100
STEPS = EPOCHS * 18

CONSTANT, POLYNOMIAL = "ConstantSparsity", "PolynomialDecay"


@dataclass(frozen=True)
class Case:
    model: str
    optimizer: str
    schedule: str
    values: dict[str, Any] = field(hash=False)

    @property
    def name(self) -> str:
        values = "-".join(f"{key}={value}" for key, value in self.values.items())
        return f"{self.model}-{self.optimizer}-{self.schedule}-{values}"


def _constant(begin: int, end: int, frequency: int) -> tuple[str, dict[str, Any]]:
    return CONSTANT, {
        "target_sparsity": 0.7,
        "begin_step": begin,
        "end_step": end,
        "frequency": frequency,
    }


def _decay(power: float, begin: int, frequency: int) -> tuple[str, dict[str, Any]]:
    return POLYNOMIAL, {
        "initial_sparsity": 0.1,
        "final_sparsity": 0.875,
        "begin_step": begin,
        "end_step": 30,
        "power": power,
        "frequency": frequency,
    }


_ALL = [
    _constant(0, -1, 1),
    _constant(5, 12, 5),
    _decay(1, 0, 1),
    _decay(2, 4, 7),
    _decay(3, 0, 7),
    _decay(3, 6, 1),
    _decay(1.5, 3, 1),
]

CASES = [
    *[Case("mlp", optimizer, *schedule) for optimizer, schedule in product(("sgd", "adam"), _ALL)],
    Case("cnn", "sgd", *_constant(5, 12, 5)),
    Case("cnn", "sgd", *_decay(3, 0, 7)),
    Case("cnn", "adam", *_constant(0, -1, 1)),
    Case("cnn", "adam", *_decay(1.5, 3, 1)),
]

# The schedules whose values are compared at every step, and the sizes their counts are for.
SIZES = [1_000, 4_608, 123_457, 500_000, 1_000_000]
CURVES: list[tuple[dict[str, Any], int]] = [
    (
        {
            "initial_sparsity": initial,
            "final_sparsity": final,
            "begin_step": begin,
            "end_step": end,
            "power": power,
            "frequency": 1,
        },
        end + 50,
    )
    for initial, final, begin, end, power in [
        (0.0, 0.875, 1152, 5760, 3),
        (0.0, 0.875, 1152, 5760, 1),
        (0.0, 0.875, 1152, 5760, 1 / 3),
        (0.5, 0.9, 0, 1000, 2),
        (0.3, 0.8, 17, 1213, 1.5),
        (0.8, 0.3, 100, 900, 3),
        (0.0, 0.95, 0, 777, 4),
        (0.1, 0.9, 3, 1003, 0.7),
        (0.0, 0.6, 10, 1001, 0.5),
        # 41 * float32(1 / 41) is not 1, so the root misses its end: the reference does so too.
        (0.0, 0.5, 0, 41, 0.5),
        (0.0, 0.99, 50, 950, 2.3),
        (0.2, 0.2, 5, 400, 3),
    ]
]


def data() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training samples, their labels, and the same for validation."""
    digits = load_digits()
    x, y = (digits.images / 16.0).astype(np.float32), digits.target.astype(np.int64)
    end = SAMPLES + VALIDATION_SAMPLES
    return x[:SAMPLES], y[:SAMPLES], x[SAMPLES:end], y[SAMPLES:end]


def build(keras: Any, case: Case) -> Any:
    """The case's model in either Keras, compiled apart, always with the same weights."""
    layers = keras.layers
    if case.model == "mlp":
        body = [layers.Flatten(), layers.Dense(40, activation="relu")]
    else:
        body = [
            layers.Reshape((8, 8, 1)),
            layers.Conv2D(6, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(12, activation="relu"),
        ]
    model = keras.Sequential([*body, layers.Dense(10, activation="softmax")])
    model.build((None, 8, 8))
    generator = np.random.default_rng(7)
    model.set_weights(
        [
            (generator.normal(size=shape) * 0.2).astype(np.float32)
            for shape in (weight.shape for weight in model.get_weights())
        ]
    )
    return model


def optimizer(keras: Any, case: Case) -> Any:
    if case.optimizer == "sgd":
        return keras.optimizers.SGD(0.05, momentum=0.9)
    return keras.optimizers.Adam(0.01)


def flat(arrays: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.asarray(array).reshape(-1) for array in arrays])
