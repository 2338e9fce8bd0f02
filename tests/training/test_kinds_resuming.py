"""Stopped, loaded and gone on: the very weights of a run that was never stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from kinds import EVERY_OTHER, GROWING, Arrays, Look, Make, fit, masks_of, same, sparsity, variables

from prunelab import ConstantSparsity, PruneLowMagnitude, PruningSchedule, UsageError

EPOCHS = 4


def _whole(make_model: Make, digits: Arrays, schedule: PruningSchedule) -> Any:
    """What an uninterrupted run comes to."""
    model, pruning = make_model(optimizer="adam"), PruneLowMagnitude(schedule)
    fit(model, digits, pruning, epochs=EPOCHS)
    return variables(model), masks_of(pruning), [one.threshold for one in pruning.weights]


def _of(model: Any, pruning: PruneLowMagnitude) -> Any:
    return variables(model), masks_of(pruning), [one.threshold for one in pruning.weights]


def _equal(ours: Any, theirs: Any) -> bool:
    return same(ours[0], theirs[0]) and same(ours[1], theirs[1]) and ours[2] == theirs[2]


@pytest.mark.parametrize("first", [True, False], ids=["saves first", "prunes first"])
@pytest.mark.parametrize("schedule", [GROWING, EVERY_OTHER], ids=["every step", "every other"])
def test_from_the_end_of_an_epoch_by_a_keras_file(
    make_model: Make, digits: Arrays, tmp_path: Path, schedule: PruningSchedule, first: bool
) -> None:
    saver = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras")
    pruning = PruneLowMagnitude(schedule)
    order = [saver, pruning] if first else [pruning, saver]
    fit(make_model(optimizer="adam"), digits, *order, epochs=2)

    model = keras.models.load_model(tmp_path / "2.keras")
    again = PruneLowMagnitude(schedule).restore(tmp_path / "2.keras")
    fit(model, digits, again, epochs=EPOCHS, initial_epoch=2)
    assert again.step == 3 * EPOCHS
    assert _equal(_of(model, again), _whole(make_model, digits, schedule))


def test_from_a_single_batch_with_what_masks_had_dropped(
    make_model: Make, digits: Arrays, tmp_path: Path
) -> None:
    """Two batches of an epoch, then a new run with what is left of it."""
    saver = keras.callbacks.ModelCheckpoint(tmp_path / "{batch}.keras", save_freq=1)
    fit(make_model(optimizer="adam"), digits, saver, PruneLowMagnitude(GROWING))
    model = keras.models.load_model(tmp_path / "2.keras")
    assert sparsity(model) > 0.2
    pruning = PruneLowMagnitude(GROWING).restore(tmp_path / "2.keras")
    fit(model, (digits[0][64:], digits[1][64:]), pruning)

    whole, other = make_model(optimizer="adam"), PruneLowMagnitude(GROWING)
    fit(whole, digits, other)
    assert _equal(_of(model, pruning), _of(whole, other))


def test_from_a_save_at_the_last_batch_of_an_epoch(
    make_model: Make, digits: Arrays, tmp_path: Path
) -> None:
    saver = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}-{batch}.keras", save_freq=3)
    fit(make_model(optimizer="adam"), digits, saver, PruneLowMagnitude(GROWING), epochs=2)
    model = keras.models.load_model(tmp_path / "2-3.keras")
    pruning = PruneLowMagnitude(GROWING).restore(tmp_path / "2-3.keras")
    fit(model, digits, pruning, epochs=EPOCHS, initial_epoch=2)
    assert _equal(_of(model, pruning), _whole(make_model, digits, GROWING))


def test_from_weights_only(make_model: Make, digits: Arrays, tmp_path: Path) -> None:
    path = tmp_path / "at.weights.h5"
    saver = keras.callbacks.ModelCheckpoint(path, save_weights_only=True)
    fit(make_model(optimizer="adam"), digits, saver, PruneLowMagnitude(GROWING), epochs=2)
    model = make_model(optimizer="adam")
    model.optimizer.build(model.trainable_variables)
    model.load_weights(path)
    pruning = PruneLowMagnitude(GROWING).restore(path)
    fit(model, digits, pruning, epochs=EPOCHS, initial_epoch=2)
    assert _equal(_of(model, pruning), _whole(make_model, digits, GROWING))


@pytest.mark.parametrize("first", [True, False], ids=["backs up first", "prunes first"])
def test_by_backup_and_restore_alone(
    make_model: Make, digits: Arrays, tmp_path: Path, first: bool
) -> None:
    def run(*more: Any) -> Any:
        model, pruning = make_model(optimizer="adam"), PruneLowMagnitude(GROWING)
        backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
        order = [backup, pruning] if first else [pruning, backup]
        fit(model, digits, *order, *more, epochs=EPOCHS)
        return _of(model, pruning)

    epochs: list[int] = []

    def interrupt(_: Any) -> None:
        epochs.append(1)
        if len(epochs) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(Look(on_epoch_begin=interrupt))
    assert _equal(run(), _whole(make_model, digits, GROWING))


def test_from_a_model_saved_after_fit(make_model: Make, digits: Arrays, tmp_path: Path) -> None:
    model, pruning, path = make_model(optimizer="adam"), PruneLowMagnitude(GROWING), tmp_path
    fit(model, digits, pruning, epochs=2)
    model.save(path / "done.keras")
    pruning.save_state(path / "done.keras")
    with pytest.raises(UsageError, match=r"done\.keras' cannot take pruning state"):
        pruning.save_state(path / "done.keras")
    model = keras.models.load_model(path / "done.keras")
    again = PruneLowMagnitude(GROWING).restore(path / "done.keras")
    fit(model, digits, again, epochs=EPOCHS, initial_epoch=2)
    assert _equal(_of(model, again), _whole(make_model, digits, GROWING))


@pytest.mark.parametrize("dtype", ["bfloat16", "float64"])
def test_with_weights_of_other_precisions(
    make_model: Make, digits: Arrays, tmp_path: Path, dtype: str
) -> None:
    def make() -> Any:
        keras.utils.set_random_seed(1)
        return make_model(keras.layers.Flatten(), keras.layers.Dense(16, dtype=dtype))

    saver = keras.callbacks.ModelCheckpoint(tmp_path / "{batch}.keras", save_freq=1)
    fit(make(), digits, saver, PruneLowMagnitude(GROWING))
    model = keras.models.load_model(tmp_path / "2.keras")
    pruning = PruneLowMagnitude(GROWING).restore(tmp_path / "2.keras")
    fit(model, (digits[0][64:], digits[1][64:]), pruning)
    whole = make()
    fit(whole, digits, PruneLowMagnitude(GROWING))
    assert same(variables(model), variables(whole))


def test_a_file_without_state_is_refused(make_model: Make, digits: Arrays, tmp_path: Path) -> None:
    make_model().save(tmp_path / "plain.keras")
    (tmp_path / "text.keras").write_text("no model")
    for name in ("plain.keras", "text.keras"):
        with pytest.raises(UsageError, match=f"{name}' holds no pruning state: save the model"):
            PruneLowMagnitude(GROWING).restore(tmp_path / name)


def test_the_state_of_another_model_is_refused_and_touches_nothing(
    make_model: Make, digits: Arrays, tmp_path: Path
) -> None:
    path = tmp_path / "a.keras"
    schedule = ConstantSparsity(0.5, 1, frequency=1)
    fit(make_model(), digits, PruneLowMagnitude(schedule), keras.callbacks.ModelCheckpoint(path))
    model = make_model(keras.layers.Flatten(), keras.layers.Dense(8))
    before = [value.copy() for value in model.get_weights()]
    with pytest.raises(UsageError, match="resume with the model that it was saved from"):
        fit(model, digits, PruneLowMagnitude(schedule).restore(path))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
