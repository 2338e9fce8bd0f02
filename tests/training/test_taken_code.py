"""The code to take away, run as it is beside a model."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from prunelab import ConstantSparsity, Plan, PruneLowMagnitude
from prunelab.explorer.codegen import prunelab_code


def test_the_code_prunes_the_model_it_is_pasted_beside() -> None:
    plan = Plan(ConstantSparsity(0.5, 1, frequency=2), 8, 4)
    code = prunelab_code(plan, "half").replace("# model.fit", "model.fit")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8)])
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(128, 4))
    names: dict[str, Any] = {"model": model, "x": x, "y": np.ones((128, 8))}
    exec(compile(code, "taken", "exec"), names)
    assert isinstance(names["pruning"], PruneLowMagnitude)
    assert names["pruning"].step == plan.steps
    assert (np.asarray(model.layers[0].kernel) == 0).mean() == 0.5
