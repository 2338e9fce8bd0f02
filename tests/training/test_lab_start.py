"""`prunelab.lab.start`: runs in processes of their own, in turn, and what remains of them."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prunelab import Lab, PolynomialDecay, RunConfig
from prunelab.lab import Run, start

SCHEDULE = PolynomialDecay(0.0, 0.8, begin_step=4, end_step=60, frequency=8)
CONFIG = RunConfig(SCHEDULE, epochs=2, seed=5)
DIVERGING = RunConfig(SCHEDULE, epochs=100_000, seed=5, learning_rate=1e30)
ENDLESS = RunConfig(SCHEDULE, epochs=100_000, seed=5)

# What a file says of its model may be right though its weights are not.
MODEL = {
    "module": "keras",
    "class_name": "Sequential",
    "config": {
        "layers": [
            {"class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8]}},
            {"class_name": "Flatten", "config": {}},
            {"class_name": "Dense", "config": {"units": 10, "activation": "softmax"}},
        ]
    },
}


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not until():
        assert time.monotonic() < deadline, "waited two minutes"
        time.sleep(0.05)


def _pid(lab: Lab, number: int) -> int:
    with sqlite3.connect(lab.folder / "lab.sqlite") as connection:
        return int(connection.execute("SELECT pid FROM runs WHERE id = ?", (number,)).fetchone()[0])


def _told(lab: Lab, run: Run) -> str:
    return f"{run.error}\n{lab.log_path(run.id).read_text()[-2000:]}"


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab where runs trained in turn; the third has a broken model, the fourth diverged."""
    folder = tmp_path_factory.mktemp("queue")
    with zipfile.ZipFile(folder / "broken.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(MODEL))
        archive.writestr("model.weights.h5", "no weights")
    lab = Lab(folder / "lab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRUNELAB_AT_ONCE", "1")
        broken = RunConfig(SCHEDULE, model=str(folder / "broken.keras"))
        for config in (CONFIG, CONFIG, broken, DIVERGING):
            start(lab, config)
    _wait(lambda: not any(run.active for run in lab.runs()))
    yield lab
    lab.close()


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab of endless runs: the first was killed in training, the second ended politely."""
    lab = Lab(tmp_path_factory.mktemp("ended") / "lab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRUNELAB_AT_ONCE", "2")
        killed, ended = start(lab, ENDLESS), start(lab, ENDLESS)
    try:
        _wait(lambda: all(run.steps_done > 100 or not run.active for run in lab.runs()))
        assert all(run.active for run in lab.runs()), _told(lab, lab.runs()[0])
    finally:
        os.kill(_pid(lab, killed), signal.SIGKILL)
        # As a closed terminal and a service manager do: not one signal, but several.
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(_pid(lab, ended), number)
    _wait(lambda: not any(run.active for run in lab.runs()))
    yield lab
    lab.close()


def test_a_run_ends_finished_with_all_its_results(queue: Lab) -> None:
    run = queue.run(1)
    assert (run.state, run.error) == ("finished", None), _told(queue, run)
    assert run.steps == run.steps_done == 72
    # Ties keep a weight or two more than was asked for.
    assert run.sparsity == pytest.approx(0.8, abs=0.002)
    assert run.test_accuracy is not None
    assert run.test_accuracy > 0.5
    assert run.test_loss is not None
    assert np.isfinite(run.test_loss)
    assert run.seconds is not None
    assert run.seconds > 0


def test_its_metrics_are_a_row_a_step_and_follow_the_plan(queue: Lab) -> None:
    metrics, plan = queue.metrics(1), CONFIG.plan
    assert metrics["step"].tolist() == list(range(1, 73))
    assert metrics["epoch"].tolist() == [1] * 36 + [2] * 36
    assert metrics[["loss", "accuracy", "sparsity", "seconds"]].notna().all(axis=None)
    assert metrics["scheduled_sparsity"].tolist() == plan.scheduled.tolist()
    assert sorted(set(queue.updates(1)["step"])) == plan.update_steps.tolist()
    assert queue.epochs(1)["step"].tolist() == [36, 72]


def test_its_model_is_saved_in_the_size_that_is_told_and_gives_the_accuracy_that_is_told(
    queue: Lab,
) -> None:
    import keras

    from prunelab.data import load

    run, path = queue.run(1), queue.model_path(1)
    assert run.bytes is not None
    assert run.bytes["keras"] == path.stat().st_size
    assert 0 < run.bytes["keras_gzip"] < run.bytes["keras"]
    test = load("digits", 0.2).test
    answers = keras.models.load_model(path).predict(test.x, verbose=0).argmax(1)
    assert (answers == test.y).mean() == pytest.approx(run.test_accuracy, abs=1e-6)


def test_the_same_seed_gives_the_same_losses_at_every_step(queue: Lab) -> None:
    columns = ["step", "loss", "accuracy", "sparsity"]
    assert queue.metrics(2)[columns].equals(queue.metrics(1)[columns])
    assert queue.run(2).test_loss == queue.run(1).test_loss


def test_queued_runs_train_one_after_the_other(queue: Lab) -> None:
    with sqlite3.connect(queue.folder / "lab.sqlite") as connection:
        times: list[Any] = connection.execute(
            "SELECT started, ended FROM runs ORDER BY id"
        ).fetchall()
    assert times[0][1] <= times[1][0] < times[1][1] <= times[2][0] < times[3][0]


def test_a_run_that_cannot_be_trained_fails_with_a_line_that_says_why(queue: Lab) -> None:
    run = queue.run(3)
    assert run.state == "failed"
    assert run.error is not None
    assert "broken.keras cannot be loaded" in run.error
    assert "\n" not in run.error


def test_after_kill_9_the_stored_steps_are_there_without_a_gap(ended: Lab) -> None:
    run, steps = ended.run(1), ended.metrics(1)["step"].tolist()
    assert run.state == "interrupted", _told(ended, run)
    assert len(steps) > 100
    assert steps == list(range(1, run.steps_done + 1))
    assert run.error is not None
    assert f"after step {run.steps_done}" in run.error


def test_after_the_signals_that_ask_it_to_end_a_run_is_stopped_with_what_it_has_reached(
    ended: Lab,
) -> None:
    run, metrics = ended.run(2), ended.metrics(2)
    assert (run.state, run.error) == ("stopped", None), _told(ended, run)
    assert metrics["step"].tolist() == list(range(1, run.steps_done + 1))
    assert run.sparsity == pytest.approx(0.8, abs=0.002)


def test_a_run_whose_loss_is_nan_is_stopped_and_says_so(queue: Lab) -> None:
    run = queue.run(4)
    assert run.state == "failed", _told(queue, run)
    assert run.error is not None
    assert f"the loss became NaN at step {run.diverged}: lower the learning rate" in run.error
    assert run.diverged is not None
    assert run.diverged <= run.steps_done < run.steps
    assert (run.test_accuracy, run.counts) == (None, False)


def test_the_models_folder_holds_finished_models_alone(queue: Lab) -> None:
    names = sorted(path.name for path in Path(queue.folder / "models").iterdir())
    assert names == ["1.keras", "2.keras"]
