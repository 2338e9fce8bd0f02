"""What people pass as they know it from the reference, or by mistake: one line with the mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from kinds import EVERY_STEP, GROWING, Arrays, Make, fit

import prunelab
from prunelab import ConstantSparsity, Lab, PruneLowMagnitude, PruningSummaries, RunRecorder
from prunelab.errors import UsageError


class ReferenceSchedule:
    """As one of tfmot's looks from outside; tests/parity exchanges configs with the real ones."""

    def __call__(self, step: Any) -> Any:
        return True, 0.5


ReferenceSchedule.__module__ = "tensorflow_model_optimization.python.core.sparsity.keras"


class LegacyModel:
    """As a model of tf_keras looks from outside."""

    name = "old"
    trainable_weights: tuple[Any, ...] = ()


LegacyModel.__module__ = "tf_keras.src.engine.training"


def refused(work: Any) -> str:
    with pytest.raises(UsageError) as told:
        work()
    line = str(told.value)
    assert "\n" not in line
    assert len(line) < 300
    return line


@pytest.mark.parametrize(
    ("values", "named", "mend"),
    [
        ((), {"pruning_schedule": EVERY_STEP}, "is called schedule here"),
        ((), {"to_prune": 1, "pruning_schedule": EVERY_STEP}, "leave the model as it is"),
        ((EVERY_STEP,), {"pruning_policy": None}, "use layers="),
        ((EVERY_STEP,), {"scop": "global"}, "use scope="),
        ((EVERY_STEP,), {"frequency": 10}, "belongs to the schedule"),
        ((EVERY_STEP,), {"colour": 1}, "use one of schedule, layers, scope"),
        ((EVERY_STEP, "dense"), {}, "name it, as one of layers, scope"),
        ((EVERY_STEP,), {"schedule": EVERY_STEP}, "multiple values for argument 'schedule'"),
        ((), {}, "needs a schedule"),
    ],
)
def test_arguments_that_do_not_fit(
    values: tuple[Any, ...], named: dict[str, Any], mend: str
) -> None:
    assert mend in refused(lambda: PruneLowMagnitude(*values, **named))


@pytest.mark.parametrize(
    ("wrong", "mend"),
    [
        (0.5, "use ConstantSparsity(0.5, "),
        (87.5, "use ConstantSparsity(0.875, "),
        (100, "use ConstantSparsity(0.5, "),
        (None, "use ConstantSparsity("),
        ("polynomial", "use ConstantSparsity("),
        (np.zeros((20, 20)), "use ConstantSparsity("),
        ([EVERY_STEP], "use ConstantSparsity("),
        (ConstantSparsity, "say, and not the class"),
        (lambda step: (True, 0.5), "derive a class from PruningSchedule"),
        (ReferenceSchedule(), "PruningSchedule.from_config(schedule.get_config())"),
        ({"dense": ReferenceSchedule()}, "PruningSchedule.from_config(schedule.get_config())"),
        (EVERY_STEP.get_config(), "PruningSchedule.from_config(config)"),
        ({"dense": 0.5}, "schedule['dense']=0.5"),
    ],
)
def test_what_is_no_schedule(wrong: Any, mend: str) -> None:
    assert mend in refused(lambda: PruneLowMagnitude(wrong))


def test_a_model_in_the_place_of_the_schedule(make_model: Make) -> None:
    model = make_model()
    for work in (
        lambda: PruneLowMagnitude(model),
        lambda: PruneLowMagnitude(model, EVERY_STEP),
        lambda: PruneLowMagnitude(model.layers[-1], pruning_schedule=EVERY_STEP),
        lambda: PruneLowMagnitude(LegacyModel()),
    ):
        assert "there is no wrapper: leave the model as it is" in refused(work)


def test_a_subclass_with_parameters_of_its_own_is_asked_for_those() -> None:
    class Mine(PruneLowMagnitude):
        def __init__(self, share: float) -> None:
            super().__init__(ConstantSparsity(share, 1))

    assert Mine(share=0.5).schedule == ConstantSparsity(0.5, 1)


@pytest.mark.parametrize("name", ["prune_low_magnitude", "strip_pruning", "UpdatePruningStep"])
def test_the_reference_s_names_tell_what_is_here(name: str) -> None:
    with pytest.raises(AttributeError, match=rf"has no attribute '{name}': \w+"):
        getattr(prunelab, name)


@pytest.mark.parametrize(
    ("model", "mend"),
    [
        (LegacyModel(), "make it of keras, without tfmot's wrapper"),
        (None, "is not a keras.Model"),
        (keras.layers.Dense(2), "is not a keras.Model"),
    ],
)
def test_what_is_no_model_of_keras(model: Any, mend: str, lab: Lab, tmp_path: Path) -> None:
    for callback in (PruneLowMagnitude(EVERY_STEP), RunRecorder(lab), PruningSummaries(tmp_path)):
        line = refused(lambda callback=callback: callback.set_model(model))
        assert mend in line
        assert type(callback).__name__ in line


@pytest.mark.parametrize("backend", ["jax", "torch", "numpy"])
def test_keras_on_another_backend(
    backend: str, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_model: Make
) -> None:
    made = [PruneLowMagnitude(EVERY_STEP), RunRecorder(lab), PruningSummaries(tmp_path)]
    model = make_model()
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    for work in (
        lambda: PruneLowMagnitude(EVERY_STEP),
        lambda: RunRecorder(lab),
        lambda: PruningSummaries(tmp_path),
        # One that was pickled where Keras was on TensorFlow.
        *(lambda callback=callback: callback.set_model(model) for callback in made),
    ):
        line = refused(work)
        assert f"Keras is on {backend!r}" in line
        assert "set KERAS_BACKEND=tensorflow" in line


def test_what_holds_no_state_to_restore(make_model: Make, digits: Arrays, tmp_path: Path) -> None:
    model = make_model()
    model.export(tmp_path / "exported", verbose=False)
    model.save(tmp_path / "model.h5")
    model.save(tmp_path / "model.keras")
    (tmp_path / "cut.keras").write_bytes((tmp_path / "model.keras").read_bytes()[:900])
    (tmp_path / "cut.h5").write_bytes((tmp_path / "model.h5").read_bytes()[:900])
    (tmp_path / "backup").mkdir()
    model.save_weights(tmp_path / "backup" / "latest.weights.h5")
    for name, told in {
        "exported": "is an exported model, which holds no pruning state: name the .keras",
        "backup": "is a folder, which holds no pruning state: name 'latest.weights.h5' in it",
        "missing.keras": "there is no file",
        "model.h5": "holds no pruning state: save the model during fit",
        "model.keras": "holds no pruning state: save the model during fit",
        "cut.keras": "name a file that was saved whole",
        "cut.h5": "name a file that was saved whole",
    }.items():
        line = refused(lambda name=name: PruneLowMagnitude(GROWING).restore(tmp_path / name))
        assert told in line
        assert name in line
    for value in (None, model, 3):
        assert "no path" in refused(lambda value=value: PruneLowMagnitude(GROWING).restore(value))


def test_a_home_is_meant_by_a_tilde(
    make_model: Make, digits: Arrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    model, pruning = make_model(), PruneLowMagnitude(GROWING)
    fit(model, digits, pruning)
    model.save(tmp_path / "model.keras")
    pruning.save_state("~/model.keras")
    assert PruneLowMagnitude(GROWING).restore("~/model.keras")
