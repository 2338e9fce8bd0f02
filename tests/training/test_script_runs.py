"""Runs of a user's own script: warned of, ended by their errors, and compared like any other."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from prunelab import ConstantSparsity, PolynomialDecay, PruneLowMagnitude, RunRecorder
from prunelab.errors import PruningWarning, UsageError
from prunelab.lab import Lab, compare
from prunelab.pruning import sparsity_of

EVERY_STEP = ConstantSparsity(0.5, 1, -1, 1)
Arrays = tuple[np.ndarray, np.ndarray]


@pytest.fixture
def data() -> Arrays:
    made = np.random.default_rng(0)
    return made.random((64, 10), np.float32), made.integers(0, 3, 64)


def _model(seed: int = 0, rate: float = 0.1) -> Any:
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(3, activation="softmax")])
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.SGD(rate), loss, metrics=["accuracy"])
    return model


def _fit(model: Any, data: Arrays, *callbacks: Any, epochs: int = 1) -> None:
    model.fit(*data, batch_size=8, epochs=epochs, verbose=0, callbacks=list(callbacks))


def _told(work: Callable[[], None]) -> list[str]:
    with pytest.warns(PruningWarning) as caught:
        work()
    return [str(one.message) for one in caught if one.category is PruningWarning]


def test_a_schedule_that_prunes_nothing_is_told_before_and_after(data: Arrays) -> None:
    pruning = PruneLowMagnitude(ConstantSparsity(0.5, 0))
    before, after = _told(lambda: _fit(_model(), data, pruning))
    assert "nothing will be pruned" in before
    assert "step 100 of a run of 8" in before
    assert "Mend: update the masks at every step" in before
    assert "nothing was pruned in 8 steps" in after


def test_a_target_that_will_be_missed_is_told_with_a_mend(data: Arrays) -> None:
    pruning = PruneLowMagnitude(PolynomialDecay(0.0, 0.8, 2, 100, frequency=2))
    before, after = _told(lambda: _fit(_model(), data, pruning))
    assert "of the 80.00% asked for" in before
    assert "Mend: end at step" in before
    assert f"only {pruning.sparsity:.2%} were pruned in 8 steps" in after


def test_a_loop_of_short_fits_is_told_once(data: Arrays) -> None:
    pruning, model = PruneLowMagnitude(PolynomialDecay(0.0, 0.8, 2, 24, frequency=2)), _model()

    def loop() -> None:
        for _ in range(3):
            _fit(model, data, pruning)

    assert len(_told(loop)) == 2
    assert pruning.sparsity == pytest.approx(0.8)


def test_a_fit_that_stops_early_tells_what_it_missed(data: Arrays) -> None:
    pruning = PruneLowMagnitude(PolynomialDecay(0.0, 0.8, 2, 16, frequency=2))

    class Stop(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            self.model.stop_training = batch == 3

    (after,) = _told(lambda: _fit(_model(), data, pruning, Stop(), epochs=2))
    assert "were pruned in 4 steps" in after


@pytest.mark.filterwarnings("error::prunelab.errors.PruningWarning")
def test_a_schedule_that_reaches_its_target_is_not_warned_of(data: Arrays) -> None:
    model, pruning = _model(), PruneLowMagnitude(EVERY_STEP)
    _fit(model, data, pruning)
    _fit(model, data, pruning)


def test_weights_that_grew_back_are_told_where_that_is_seen(data: Arrays, lab: Lab) -> None:
    model, pruning, recorder = _model(), PruneLowMagnitude(EVERY_STEP), RunRecorder(lab)
    _fit(model, data, pruning, recorder)
    kept = recorder.run
    (begins,) = _told(lambda: _fit(model, data, RunRecorder(lab)))
    assert "has no PruneLowMagnitude" in begins
    assert sparsity_of(model) == 0.0
    (again,) = _told(lambda: _fit(model, data, pruning))
    assert "grown back" in again

    recorder.run = kept
    _fit(model, data)
    (told,) = _told(lambda: recorder.finish(model, *data) and None)
    assert "grew back in a later fit" in told
    assert lab.run(1).sparsity == 0.0


def test_finished_runs_of_a_script_are_compared(data: Arrays, lab: Lab) -> None:
    for rate in (0.1, 0.2):
        for seed in (0, 1):
            model = _model(seed, rate)
            recorder = RunRecorder(lab, name="mine", seed=seed, dataset="toy", batch_size=8)
            _fit(model, data, PruneLowMagnitude(EVERY_STEP), recorder)
            run = recorder.finish(model, *data)
            assert run.test_accuracy == pytest.approx(
                model.evaluate(*data, verbose=0, return_dict=True)["accuracy"]
            )
            assert (run.state, run.seed, run.dataset) == ("finished", seed, "toy")
    table = compare(lab.runs())
    assert table["seeds"].tolist() == [2, 2]
    assert sorted(table["learning_rate"]) == [0.1, 0.2]
    assert table["sparsity"].tolist() == [0.5, 0.5]
    loaded = keras.models.load_model(lab.model_path(1))
    assert sparsity_of(loaded) == 0.5
    assert (lab.run(1).bytes or {})["keras"] == lab.model_path(1).stat().st_size


def test_finish_says_what_it_cannot_do(data: Arrays, lab: Lab) -> None:
    recorder = RunRecorder(lab)
    with pytest.raises(UsageError, match="call finish after it"):
        recorder.finish(_model(), *data)
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(3)])
    model.compile("sgd", "sparse_categorical_crossentropy")
    _fit(model, data, recorder)
    with pytest.raises(UsageError, match=r"metrics=\['accuracy'\]"):
        recorder.finish(model, *data)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(lab: Lab, seed: int) -> None:
    with pytest.raises(UsageError, match=f"seed={seed} must be a whole number from 0 to"):
        RunRecorder(lab, seed=seed)


SCRIPT = """
import sys, keras, numpy as np
from prunelab import Lab, RunRecorder
model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(4)]); model.compile("sgd", "mse")
class Breaks(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        if batch == 3:
            {how}
model.fit(np.zeros((64, 10)), np.zeros((64, 4)), batch_size=8, verbose=0,
          callbacks=[RunRecorder(Lab(sys.argv[1])), Breaks()])
"""


@pytest.mark.parametrize(
    ("how", "state", "told"),
    [
        ("raise ValueError('no more disks')", "failed", "ValueError: no more disks"),
        ("raise KeyboardInterrupt", "interrupted", "ctrl-C"),
        ("sys.exit(3)", "interrupted", "its end"),
        ("import os; os._exit(4)", "interrupted", "without a word"),
    ],
)
def test_what_ends_a_script_is_told_of_its_run(
    tmp_path: Path, how: str, state: str, told: str
) -> None:
    subprocess.run(
        [sys.executable, "-c", SCRIPT.format(how=how), str(tmp_path)],
        capture_output=True,
        timeout=300,
        check=False,
    )
    run = Lab(tmp_path).run(1)
    assert (run.state, run.script) == (state, True)
    assert run.error is not None
    assert told in run.error
    assert "log" not in run.error
    assert json.dumps(run.to_json())
