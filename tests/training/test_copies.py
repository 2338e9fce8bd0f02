"""Copies of callbacks, made by whatever copies them, work like the original."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import keras
import numpy as np
import pytest
from kinds import EVERY_STEP, GROWING, Arrays, Look, Make, fit, kernels, masks_of, same, sparsity

from prunelab import (
    ConstantSparsity,
    Lab,
    PruneLowMagnitude,
    PruningSchedule,
    PruningSummaries,
    PruningWarning,
    RunRecorder,
)

Copy = Callable[[Any], Any]

WAYS: dict[str, Copy] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda one: pickle.loads(pickle.dumps(one)),
}
EVERY_WAY = pytest.mark.parametrize("copied", WAYS.values(), ids=WAYS)
# Ways that know a model of this process again, and those that may do so by its weights alone.
SAME_PROCESS = pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])


class Counted(PruningSchedule):
    """A schedule of one's own, with state."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, step: Any) -> tuple[bool, float]:
        self.asked += 1
        return True, 0.5

    def get_config(self) -> dict[str, Any]:
        return {"class_name": "Counted", "config": {}}


def _is_dense(layer: Any) -> bool:
    return isinstance(layer, keras.layers.Dense)


@EVERY_WAY
@pytest.mark.parametrize(
    "make",
    [
        lambda: PruneLowMagnitude(EVERY_STEP),
        lambda: PruneLowMagnitude(EVERY_STEP, layers=_is_dense, scope="global"),
        lambda: PruneLowMagnitude({r"dense(_\d+)?": EVERY_STEP, _is_dense: GROWING}),
        lambda: PruneLowMagnitude(EVERY_STEP, criterion="random", seed=3),
    ],
    ids=["plain", "predicate", "mapping", "random"],
)
def test_a_copy_prunes_as_its_original_does(
    make: Callable[[], Any], copied: Copy, make_model: Make, digits: Arrays
) -> None:
    original, models = make(), [make_model(), make_model()]
    other = copied(original)
    fit(models[0], digits, original)
    fit(models[1], digits, other)
    assert sparsity(models[0]) == pytest.approx(0.75, abs=0.01)
    assert same(kernels(models[0]), kernels(models[1]))
    assert same(masks_of(original), masks_of(other))


@EVERY_WAY
def test_a_copy_of_a_used_callback_tells_what_the_original_does(
    copied: Copy, make_model: Make, digits: Arrays, tmp_path: Path
) -> None:
    model, original = make_model(), PruneLowMagnitude(GROWING)
    fit(model, digits, original)
    for other in (copied(original), copied(copied(original))):
        assert (other.step, other.updated) == (original.step, original.updated)
        assert other.sparsity == original.sparsity
        assert list(other.masks) == list(original.masks)
        assert same(masks_of(other), masks_of(original))
    model.save(tmp_path / "model.keras")
    other.save_state(tmp_path / "model.keras")
    assert PruneLowMagnitude(GROWING).restore(tmp_path / "model.keras")


@EVERY_WAY
@pytest.mark.filterwarnings("error:.*anew:prunelab.PruningWarning")
def test_a_copy_of_a_used_callback_goes_on_with_that_model(
    copied: Copy, make_model: Make, digits: Arrays
) -> None:
    ends = []
    for chosen in (lambda original: original, copied):
        model, original = make_model(), PruneLowMagnitude(GROWING)
        fit(model, digits, original)
        one = chosen(original)
        fit(model, digits, one)
        ends.append((one.step, kernels(model), masks_of(one)))
    assert ends[0][0] == ends[1][0] == 6
    assert same(ends[0][1], ends[1][1])
    assert same(ends[0][2], ends[1][2])


@EVERY_WAY
def test_a_copy_of_a_used_callback_begins_with_another_model_and_says_so(
    copied: Copy, make_model: Make, digits: Arrays
) -> None:
    original = PruneLowMagnitude(GROWING)
    fit(make_model(), digits, original)
    other = copied(original)
    with pytest.warns(PruningWarning, match=r"anew, at step 0.*others for 3 steps"):
        fit(make_model(), digits, other)
    assert other.step == 3


@SAME_PROCESS
@pytest.mark.filterwarnings("error:.*anew:prunelab.PruningWarning")
def test_a_copy_knows_the_model_again_before_anything_was_dropped(
    copied: Copy, make_model: Make, digits: Arrays
) -> None:
    model, original = make_model(), PruneLowMagnitude(ConstantSparsity(0.5, 5, frequency=1))
    fit(model, digits, original)
    other = copied(original)
    fit(model, digits, other)
    assert other.step == 6
    assert sparsity(model) == pytest.approx(0.5, abs=0.01)


@EVERY_WAY
def test_a_copy_that_is_made_while_fit_runs_leaves_the_original_alone(
    copied: Copy, make_model: Make, digits: Arrays, lab: Lab, tmp_path: Path
) -> None:
    models = [make_model(), make_model()]
    fit(models[0], digits, PruneLowMagnitude(GROWING), epochs=2)
    callbacks = [
        PruneLowMagnitude(GROWING),
        RunRecorder(lab),
        PruningSummaries(tmp_path),
    ]
    made: list[Any] = []
    look = Look(on_train_batch_begin=lambda _: made.append([copied(one) for one in callbacks]))
    fit(models[1], digits, look, *callbacks, epochs=2)
    assert same(kernels(models[0]), kernels(models[1]))
    assert lab.metrics(1)["step"].tolist() == [1, 2, 3, 4, 5, 6]
    steps = [pruning.step for pruning, *_ in made]
    assert steps == [0, 1, 2, 3, 4, 5]
    updates = lab.updates(1)
    # And they train, each with a run of its own.
    for one in (made[0], made[4]):
        fit(make_model(), digits, PruneLowMagnitude(GROWING), one[1], one[2])
    assert [run.state for run in lab.runs()] == ["finished"] * 3
    assert lab.updates(1).equals(updates)
    assert len(list((tmp_path / "pruning").iterdir())) == 3


@EVERY_WAY
def test_a_copy_of_a_recorder_records_runs_of_its_own(
    copied: Copy, make_model: Make, digits: Arrays, lab: Lab
) -> None:
    original = RunRecorder(lab, name="mine")
    unused = copied(original)
    fit(make_model(), digits, original)
    used = copied(original)
    assert used.run == original.run == 1
    fit(make_model(), digits, unused)
    fit(make_model(), digits, used)
    assert (unused.run, used.run, original.run) == (2, 3, 1)
    assert [run.name for run in lab.runs()] == ["mine"] * 3
    assert [len(lab.metrics(number)) for number in (1, 2, 3)] == [3, 3, 3]


@SAME_PROCESS
def test_copies_of_a_recorder_hear_the_stop_that_was_given(copied: Copy, lab: Lab) -> None:
    import threading

    stop = threading.Event()
    given, own = copied(RunRecorder(lab, stop=stop)), copied(RunRecorder(lab))
    stop.set()
    assert given.stop_asked
    assert not own.stop_asked


def test_a_layer_stays_the_same_in_a_copy_and_is_a_path_in_a_pickle(
    make_model: Make, digits: Arrays
) -> None:
    model = make_model()
    last = model.layers[-1]
    original = PruneLowMagnitude(EVERY_STEP, layers=last)
    for other in (copy.deepcopy(original), pickle.loads(pickle.dumps(original))):
        fit(model, digits, other)
        assert list(other.masks) == [last.kernel.path]
    by_layer = PruneLowMagnitude({last: EVERY_STEP})
    fit(model, digits, copy.deepcopy(by_layer))


def test_a_function_without_a_name_is_pickled_by_what_can(make_model: Make, digits: Arrays) -> None:
    original = PruneLowMagnitude(EVERY_STEP, layers=lambda layer: layer.name.startswith("dense"))
    other = pickle.loads(cloudpickle.dumps(original))
    model = make_model()
    fit(model, digits, other)
    assert sparsity(model) == pytest.approx(0.75, abs=0.01)


def test_a_deep_copy_has_schedules_of_its_own_and_a_copy_shares_them(
    make_model: Make, digits: Arrays
) -> None:
    original = PruneLowMagnitude(Counted())
    fit(make_model(), digits, copy.deepcopy(original))
    assert original.schedule.asked == 0
    fit(make_model(), digits, copy.copy(original))
    assert original.schedule.asked == 3


def test_a_subclass_is_copied_with_what_it_has(make_model: Make, digits: Arrays) -> None:
    class Mine(PruneLowMagnitude):
        def __init__(self, note: list[str]) -> None:
            super().__init__(EVERY_STEP)
            self.note = note

    original = Mine(["a"])
    other = copy.deepcopy(original)
    other.note.append("b")
    assert (original.note, other.note) == (["a"], ["a", "b"])
    model = make_model()
    fit(model, digits, other)
    assert sparsity(model) == pytest.approx(0.75, abs=0.01)


def test_a_restored_callback_is_copied_with_its_state(
    make_model: Make, digits: Arrays, tmp_path: Path
) -> None:
    first = PruneLowMagnitude(GROWING)
    model = make_model()
    fit(model, digits, first, keras.callbacks.ModelCheckpoint(tmp_path / "model.keras"))
    restored = PruneLowMagnitude(GROWING).restore(tmp_path / "model.keras")
    for copied in WAYS.values():
        other = copied(restored)
        fit(keras.models.load_model(tmp_path / "model.keras"), digits, other)
        assert other.step == 6


def test_a_lab_is_copied_by_its_folder(lab: Lab, tmp_path: Path) -> None:
    lab.add_script("one", "model", None, 1, 1)
    for copied in WAYS.values():
        other = copied(lab)
        assert other.folder == lab.folder
        assert [run.name for run in other.runs()] == ["one"]
        other.close()
    assert [run.name for run in lab.runs()] == ["one"]


def test_nothing_of_numpy_is_shared_by_a_copy(make_model: Make, digits: Arrays) -> None:
    model, original = make_model(), PruneLowMagnitude(GROWING)
    fit(model, digits, original)
    other = copy.copy(original)
    before = masks_of(other)
    fit(model, digits, original)
    assert same(before, masks_of(other))
    assert not same(before, masks_of(original))
    assert np.array_equal(before[0], masks_of(copy.copy(other))[0])
