"""Runs of more steps than are looked up or counted ahead at once."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from prunelab import PolynomialDecay, PruneLowMagnitude, PruningSchedule
from prunelab.pruning import keep_count

STEPS = 700


class Turning(PruningSchedule):
    """Asked a step at a time, and of another mind in every training."""

    target = 0.25
    asked = 0

    def __call__(self, step: Any) -> tuple[bool, float]:
        """Prunes at every step."""
        self.asked += 1
        return True, self.target

    def get_config(self) -> dict[str, Any]:
        """Nothing to tell."""
        return {}


SIZE = 400


def _model() -> Any:
    model = keras.Sequential([keras.Input((50,)), keras.layers.Dense(8)])
    model.compile("sgd", "mse", jit_compile=False)
    return model


def _kept(model: Any, pruning: PruneLowMagnitude, steps: int) -> list[int]:
    """How many weights each step of a fit keeps."""
    kept: list[int] = []

    class Count(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            kept.append(int(next(iter(pruning.masks.values())).sum()))

    random = np.random.default_rng(0)
    x = random.standard_normal((steps, 50), np.float32)
    model.fit(x, x[:, :8], batch_size=1, verbose=0, callbacks=[pruning, Count()])
    return kept


def test_every_step_of_a_long_run_keeps_what_its_schedule_says() -> None:
    schedule = PolynomialDecay(0.0, 0.9, 0, STEPS, frequency=1)
    density = schedule.density(np.arange(1, STEPS + 1))
    kept = _kept(_model(), PruneLowMagnitude(schedule), STEPS)
    assert kept == [keep_count(SIZE, one) for one in density]


def test_a_schedule_that_changes_its_mind_is_asked_again() -> None:
    schedule, model = Turning(), _model()
    pruning = PruneLowMagnitude(schedule)
    assert _kept(model, pruning, 3) == [SIZE * 3 // 4] * 3
    schedule.target = 0.5
    pruning.step = 2
    assert _kept(model, pruning, 1) == [SIZE // 2]


def test_a_schedule_of_two_layers_is_not_asked_for_each() -> None:
    one, two = Turning(), Turning()
    _kept(_model(), PruneLowMagnitude(one), 3)
    model = keras.Sequential([keras.Input((50,)), keras.layers.Dense(8), keras.layers.Dense(8)])
    model.compile("sgd", "mse", jit_compile=False)
    _kept(model, PruneLowMagnitude({".*": two}), 3)
    assert two.asked == one.asked > 0
