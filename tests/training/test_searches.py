"""Searches that copy callbacks in ways of their own: KerasTuner, and scikit-learn by scikeras."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import pytest
from kinds import EVERY_STEP, Arrays, Make, sparsity
from scikeras.wrappers import KerasClassifier
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from prunelab import ConstantSparsity, Lab, PruneLowMagnitude, PruningWarning, RunRecorder

QUIET = pytest.mark.filterwarnings("error::prunelab.PruningWarning")


@QUIET
def test_a_tuner_prunes_and_records_every_execution_of_every_trial(
    make_model: Make, digits: Arrays, lab: Lab, tmp_path: Path
) -> None:
    def build(parameters: Any) -> Any:
        units = parameters.Int("units", 4, 16, step=4)
        return make_model(keras.layers.Flatten(), keras.layers.Dense(units))

    tuner = keras_tuner.RandomSearch(
        build, "val_loss", max_trials=2, executions_per_trial=2, directory=tmp_path, seed=1
    )
    pruning, recorder = PruneLowMagnitude(EVERY_STEP), RunRecorder(lab)
    tuner.search(
        *digits,
        epochs=1,
        batch_size=32,
        validation_data=digits,
        callbacks=[pruning, recorder],
        verbose=0,
    )
    assert sparsity(tuner.get_best_models(1)[0]) == pytest.approx(0.75, abs=0.01)
    assert [run.state for run in lab.runs()] == ["finished"] * 4
    assert all(run.sparsity == pytest.approx(0.75, abs=0.01) for run in lab.runs())
    assert [len(lab.metrics(run.id)) for run in lab.runs()] == [3] * 4
    # The search has trained copies.
    assert (pruning.step, recorder.run) == (0, None)


def _build() -> Any:
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((8, 8)), layers.Flatten(), layers.Dense(10, activation="softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def _classifier(**values: Any) -> KerasClassifier:
    return KerasClassifier(_build, epochs=1, batch_size=32, verbose=0, random_state=1, **values)


@QUIET
def test_a_grid_search_prunes_and_records_every_fold(digits: Arrays, lab: Lab) -> None:
    made = [PruneLowMagnitude(EVERY_STEP), RunRecorder(lab)]
    search = GridSearchCV(
        _classifier(callbacks=made), {"batch_size": [16, 32]}, cv=2, error_score="raise"
    )
    search.fit(*digits)
    best = search.best_estimator_
    assert sparsity(best.model_) == pytest.approx(0.75, abs=0.01)
    assert [run.state for run in lab.runs()] == ["finished"] * 5
    assert best.callbacks[1].run == 5
    again = pickle.loads(pickle.dumps(best))
    assert sparsity(again.model_) == sparsity(best.model_)
    again.partial_fit(*digits)
    assert again.callbacks[0].step == 2 * best.callbacks[0].step
    assert lab.run(6).state == "finished"


def test_a_clone_of_a_used_estimator_begins_with_its_own_model(digits: Arrays) -> None:
    used = _classifier(callbacks=[PruneLowMagnitude(EVERY_STEP)])
    used.fit(*digits)
    other = clone(used)
    with pytest.warns(PruningWarning, match="anew, at step 0"):
        other.fit(*digits)
    assert other.callbacks[0].step == used.callbacks[0].step == 3
    assert sparsity(other.model_) == pytest.approx(0.75, abs=0.01)


@QUIET
def test_a_class_that_an_estimator_makes_a_callback_of_is_new_for_every_fit(
    digits: Arrays,
) -> None:
    made = _classifier(
        callbacks=PruneLowMagnitude, callbacks__schedule=ConstantSparsity(0.5, 1, -1, 1)
    )
    for one in (made, made, clone(made)):
        one.fit(*digits)
        assert sparsity(one.model_) == pytest.approx(0.5, abs=0.01)
