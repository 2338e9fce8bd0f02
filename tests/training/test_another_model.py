"""The same callback with another model, or with its own loaded again: never anew in silence."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from kinds import GROWING, Arrays, Look, Make, fit, kernels, masks_of, same, sparsity

from prunelab import ConstantSparsity, PruneLowMagnitude, PruningWarning, UsageError

QUIET = pytest.mark.filterwarnings("error:.*anew:prunelab.PruningWarning")


def test_with_another_model_it_begins_anew_and_says_so(make_model: Make, digits: Arrays) -> None:
    pruning = PruneLowMagnitude(GROWING)
    fit(make_model(), digits, pruning)
    with pytest.warns(PruningWarning, match="begins its schedule anew") as told:
        fit(make_model(), digits, pruning)
    assert pruning.step == 3
    assert "3 steps" in str(told[0].message)
    assert "restore(path)" in str(told[0].message)
    assert "\n" not in str(told[0].message)


@QUIET
def test_with_the_saved_model_it_goes_on(make_model: Make, digits: Arrays, tmp_path: Path) -> None:
    model, pruning = make_model(), PruneLowMagnitude(GROWING)
    fit(model, digits, pruning)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    masks = masks_of(pruning)
    fit(again, digits, pruning, epochs=0)
    assert same(masks_of(pruning), masks)
    fit(again, digits, pruning)
    assert pruning.step == 6


@QUIET
def test_with_a_model_of_the_same_weights_it_goes_on(make_model: Make, digits: Arrays) -> None:
    ends = []
    for rebuilt in (False, True):
        model, pruning = make_model(), PruneLowMagnitude(GROWING)
        fit(model, digits, pruning)
        if rebuilt:
            values, model = model.get_weights(), make_model()
            model.set_weights(values)
        fit(model, digits, pruning)
        ends.append((pruning.step, kernels(model)))
    assert ends[0][0] == ends[1][0] == 6
    assert same(ends[0][1], ends[1][1])


@QUIET
def test_a_restored_state_is_no_beginning(make_model: Make, digits: Arrays, tmp_path: Path) -> None:
    pruning = PruneLowMagnitude(GROWING)
    model = make_model()
    fit(model, digits, pruning)
    model.save(tmp_path / "model.keras")
    pruning.save_state(tmp_path / "model.keras")
    fit(make_model(), digits, pruning.restore(tmp_path / "model.keras"))
    assert pruning.step == 6


@QUIET
@pytest.mark.parametrize("first", [True, False])
def test_what_a_backup_brings_back_is_no_beginning(
    first: bool, make_model: Make, digits: Arrays, tmp_path: Path
) -> None:
    pruning = PruneLowMagnitude(GROWING)

    class Fails(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            if epoch == 1 and pruning.step < 6:
                raise KeyboardInterrupt

    def callbacks() -> list[keras.callbacks.Callback]:
        both = [pruning, keras.callbacks.BackupAndRestore(tmp_path)]
        return [*(both if first else both[::-1]), Fails()]

    with pytest.raises(KeyboardInterrupt):
        fit(make_model(), digits, *callbacks(), epochs=2)
    rest = callbacks()[:2]
    fit(make_model(), digits, *rest, epochs=2)
    assert pruning.step == 6


@QUIET
def test_a_callback_that_trained_no_step_begins_wherever_it_likes(
    make_model: Make, digits: Arrays
) -> None:
    pruning = PruneLowMagnitude(ConstantSparsity(0.5, 1, frequency=1))
    fit(make_model(), digits, pruning, epochs=0)
    fit(make_model(), digits, pruning)
    assert pruning.step == 3


def test_weights_that_were_all_zero_are_not_taken_for_pruned_ones(
    make_model: Make, digits: Arrays
) -> None:
    pruning = PruneLowMagnitude(GROWING)
    fit(make_model(), digits, pruning)
    zeros = make_model()
    zeros.set_weights([value * 0 for value in zeros.get_weights()])
    with pytest.warns(PruningWarning, match="anew"):
        fit(zeros, digits, pruning)


def test_an_evaluation_within_fit_takes_nothing_from_it(make_model: Make, digits: Arrays) -> None:
    models, callbacks = [make_model(), make_model()], [PruneLowMagnitude(GROWING) for _ in "ab"]
    fit(models[0], digits, callbacks[0], epochs=2)
    other = make_model()

    def look(model: keras.Model) -> None:
        model.evaluate(*digits, verbose=0, callbacks=[callbacks[1]])
        other.predict(digits[0], verbose=0, callbacks=[callbacks[1]])

    values: list[list[np.ndarray]] = []
    looks = Look(on_train_batch_begin=look, on_train_batch_end=lambda m: values.append(given(m)))
    fit(models[1], digits, looks, callbacks[1], epochs=2)
    assert same(kernels(models[0]), kernels(models[1]))
    assert all((kernel == 0).any() for kernel in values[-1])


def given(model: keras.Model) -> list[np.ndarray]:
    """The kernels that the model hands out: masked while it is pruned."""
    return [value for value in model.get_weights() if value.ndim > 1]


def test_a_fit_within_its_fit_of_another_model_is_refused(make_model: Make, digits: Arrays) -> None:
    pruning, other = PruneLowMagnitude(GROWING), make_model()
    within = Look(on_epoch_end=lambda _: fit(other, digits, pruning))
    with pytest.raises(UsageError, match=r"is in a fit of model '\w+': give model '\w+' a new"):
        fit(make_model(), digits, pruning, within)


@QUIET
def test_after_a_fit_that_broke_off_it_goes_on(make_model: Make, digits: Arrays) -> None:
    model, pruning = make_model(), PruneLowMagnitude(GROWING)

    def stop(_: keras.Model) -> None:
        if pruning.step == 2:
            raise KeyboardInterrupt

    for _ in range(2):
        pruning.step = 0  # Otherwise the second one would not come to its second step.
        with pytest.raises(KeyboardInterrupt):
            fit(model, digits, pruning, Look(on_train_batch_begin=stop))
    fit(model, digits, pruning)
    assert pruning.step == 5
    assert sparsity(model) == pytest.approx(pruning.sparsity, abs=0.01)
