"""Small real data and a small model without chance, for a fit of a few steps."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prunelab import Lab

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

Arrays = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="session")
def digits() -> Arrays:
    """84 samples: two batches of 32 and one of 20."""
    from prunelab.data import load

    train = load("digits", 0.0).train
    return train.x[:84], train.y[:84]


@pytest.fixture
def make_model() -> Callable[..., Any]:
    """Makes a compiled model, always with the same weights."""
    import keras

    def make(*layers: Any, **compiled: Any) -> Any:
        keras.utils.set_random_seed(1)
        body = layers or (keras.layers.Flatten(), keras.layers.Dense(16, activation="relu"))
        model = keras.Sequential(
            [keras.Input((8, 8)), *body, keras.layers.Dense(10, activation="softmax")]
        )
        return compile_(model, **compiled)

    def compile_(model: Any, **values: Any) -> Any:
        model.compile(
            **{
                "optimizer": keras.optimizers.SGD(0.1),
                "loss": "sparse_categorical_crossentropy",
                "metrics": ["accuracy"],
                "jit_compile": False,
                **values,
            }
        )
        return model

    return make


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path / "lab")
    yield lab
    lab.close()
