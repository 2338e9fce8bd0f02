"""Whatever other callbacks do to the weights: what `fit` evaluates and leaves is pruned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from kinds import (
    EVERY_STEP,
    GROWING,
    Arrays,
    Look,
    Make,
    all_zero,
    fit,
    kernels,
    masks_of,
    sparsity,
)

from prunelab import PruneLowMagnitude
from prunelab.pruning import sparsity_of, table

ORDERS = pytest.mark.parametrize("first", [True, False], ids=["other first", "prunes first"])


def _dense(model: Any) -> None:
    """What a callback that averages weights does: it puts others in place, none of them 0."""
    random = np.random.default_rng(0)
    model.set_weights([1 + random.random(one.shape) for one in model.get_weights()])


def _is_pruned(model: Any, pruning: PruneLowMagnitude) -> bool:
    rows = table(model, pruning)
    assert sparsity_of(model) == pytest.approx(sparsity(model))
    assert pruning.sparsity == pytest.approx(sparsity(model), abs=1e-6)
    assert rows.sparsity[rows.pruned].min() >= 0.74
    return all_zero(kernels(model), masks_of(pruning))


@ORDERS
@pytest.mark.parametrize("moment", ["on_train_end", "on_epoch_end", "on_train_batch_end"])
def test_weights_that_a_callback_changes_are_pruned_all_the_same(
    make_model: Make, digits: Arrays, tmp_path: Path, first: bool, moment: str
) -> None:
    model, pruning = make_model(), PruneLowMagnitude(EVERY_STEP)
    other = Look(**{moment: _dense})
    saves = Look(on_train_end=lambda model: model.save(tmp_path / "end.keras"))
    fit(model, digits, *([other, pruning] if first else [pruning, other]), saves)
    assert _is_pruned(model, pruning)
    assert all_zero(kernels(keras.models.load_model(tmp_path / "end.keras")), masks_of(pruning))
    assert "set_weights" not in vars(model)
    assert "train_step" not in vars(model)


@ORDERS
@pytest.mark.parametrize("on_epoch", [True, False], ids=["epochs", "evaluations"])
def test_averaged_weights_are_evaluated_and_left_pruned(
    make_model: Make, digits: Arrays, first: bool, on_epoch: bool
) -> None:
    optimizer = keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.5)
    model, pruning = make_model(optimizer=optimizer), PruneLowMagnitude(EVERY_STEP)
    swap = keras.callbacks.SwapEMAWeights(swap_on_epoch=on_epoch)
    seen: list[bool] = []
    at_test = Look(on_test_batch_begin=lambda model: seen.append(_is_pruned(model, pruning)))
    callbacks = [swap, pruning, at_test] if first else [pruning, swap, at_test]
    history = fit(model, digits, *callbacks, epochs=2, validation_data=digits)
    assert seen
    assert all(seen)
    assert _is_pruned(model, pruning)
    if not on_epoch:
        # What was evaluated last is what is left.
        assert model.evaluate(*digits, verbose=0)[0] == pytest.approx(
            history.history["val_loss"][-1]
        )


@ORDERS
def test_weights_brought_back_as_training_ends_keep_the_masks_of_their_time(
    make_model: Make, digits: Arrays, first: bool
) -> None:
    class Best(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if epoch == 0:
                self.held, self.masks = self.model.get_weights(), masks_of(pruning)

        def on_train_end(self, logs: Any = None) -> None:
            self.model.set_weights(self.held)

    model, pruning, best = make_model(), PruneLowMagnitude(GROWING), Best()
    with pytest.warns(UserWarning, match="their masks came back with them"):
        fit(model, digits, *([best, pruning] if first else [pruning, best]), epochs=3)
    assert all(map(np.array_equal, masks_of(pruning), best.masks))
    assert pruning.sparsity == pytest.approx(sparsity(model), abs=1e-3)


def test_a_list_of_callbacks_that_is_used_again_still_ends_with_the_masks(
    make_model: Make, digits: Arrays
) -> None:
    model, pruning = make_model(), PruneLowMagnitude(EVERY_STEP)
    whole = keras.callbacks.CallbackList(
        [pruning, Look(on_train_end=_dense)], add_history=True, model=model
    )
    length = len(whole.callbacks)
    for _ in range(2):
        model.fit(*digits, batch_size=32, epochs=1, verbose=0, callbacks=whole)
        assert _is_pruned(model, pruning)
    whole.set_model(model)
    assert len(whole.callbacks) == length
