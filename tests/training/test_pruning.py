"""`PruneLowMagnitude` in a fit: which step prunes, what is zero when, what is left of it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from kinds import EVERY_STEP, Arrays, Look, Make, fit, kernels, sparsity

from prunelab import ConstantSparsity, PrunelabError, PruneLowMagnitude, PruningSchedule, UsageError
from prunelab.errors import NothingToPrune

ONCE = ConstantSparsity(0.75, begin_step=2, end_step=2, frequency=1)


def _masked_weights_are_zero(model: Any, pruning: PruneLowMagnitude) -> bool:
    masks = list(pruning.masks.values())
    kernels = [weight.kernel.numpy() for weight in pruning.weights]
    pairs = list(zip(masks, kernels, strict=True))
    assert pairs
    assert all((~mask).any() for mask, _ in pairs)
    return all((kernel[~mask] == 0).all() for mask, kernel in pairs)


def test_the_first_batch_is_step_one(make_model: Make, digits: Arrays) -> None:
    pruning = PruneLowMagnitude(ConstantSparsity(0.75, begin_step=1, end_step=1, frequency=1))
    seen = []
    fit(
        make_model(),
        digits,
        pruning,
        Look(on_train_batch_end=lambda _: seen.append((pruning.step, pruning.updated))),
    )
    assert seen == [(1, True), (2, False), (3, False)]
    assert pruning.sparsity == pytest.approx(0.75, abs=0.001)


def test_a_run_shorter_than_the_frequency_prunes_nothing(make_model: Make, digits: Arrays) -> None:
    model, pruning = make_model(), PruneLowMagnitude(ConstantSparsity(0.5, 0, frequency=100))
    fit(model, digits, pruning, epochs=3)
    assert pruning.step == 9
    assert pruning.sparsity == 0.0
    assert all(np.count_nonzero(kernel) == kernel.size for kernel in kernels(model))


def test_with_begin_0_the_first_update_is_at_step_frequency(
    make_model: Make, digits: Arrays
) -> None:
    pruning = PruneLowMagnitude(ConstantSparsity(0.5, 0, frequency=5))
    updates = []
    look = Look(on_train_batch_end=lambda _: pruning.updated and updates.append(pruning.step))
    fit(make_model(), digits, pruning, look, epochs=4)
    assert updates == [5, 10]


def test_the_masks_are_chosen_from_the_weights_that_the_step_begins_with(
    make_model: Make, digits: Arrays
) -> None:
    model, pruning = make_model(), PruneLowMagnitude(ONCE)
    begun: list[list[np.ndarray]] = []
    look = Look(on_train_batch_begin=lambda model: begun.append(kernels(model)))
    fit(model, digits, look, pruning)
    for mask, kernel in zip(pruning.masks.values(), begun[1], strict=True):
        keep = round(kernel.size * 0.25)
        assert np.array_equal(mask, np.abs(kernel) >= np.sort(np.abs(kernel), None)[-keep])


def test_what_a_batch_computes_it_computes_with_masked_weights(
    make_model: Make, digits: Arrays
) -> None:
    model, pruning = make_model(), PruneLowMagnitude(EVERY_STEP)
    losses = fit(model, (digits[0][:32], digits[1][:32]), pruning).history["loss"]
    by_hand = make_model()
    for weight, mask in zip(
        [layer.kernel for layer in by_hand.layers if hasattr(layer, "kernel")],
        pruning.masks.values(),
        strict=True,
    ):
        weight.assign(weight.numpy() * mask)
    loss = by_hand.evaluate(digits[0][:32], digits[1][:32], verbose=0)[0]
    assert losses == [pytest.approx(loss, abs=1e-6)]


def test_masked_weights_are_zero_in_validation_at_epochs_ends_and_after(
    make_model: Make, digits: Arrays
) -> None:
    model, pruning = make_model(), PruneLowMagnitude(EVERY_STEP)
    seen: list[bool] = []

    def look(model: Any) -> None:
        seen.append(_masked_weights_are_zero(model, pruning))

    moments = Look(on_test_begin=look, on_test_batch_end=look, on_epoch_end=look, on_train_end=look)
    fit(model, digits, pruning, moments, epochs=2, validation_data=digits)
    # Two epochs of beginning, three batches and end, and the end of training.
    assert seen == [True] * 11
    assert _masked_weights_are_zero(model, pruning)


def test_after_training_evaluation_is_of_the_masked_weights(
    make_model: Make, digits: Arrays
) -> None:
    model, pruning = make_model(), PruneLowMagnitude(EVERY_STEP)
    history = fit(model, digits, pruning, validation_data=digits).history
    assert history["val_loss"][-1] == pytest.approx(model.evaluate(*digits, verbose=0)[0], abs=1e-6)


def test_a_pruned_weight_gets_gradients_and_may_return(make_model: Make, digits: Arrays) -> None:
    model, pruning = (
        make_model(optimizer=keras.optimizers.Adam(0.05)),
        PruneLowMagnitude(EVERY_STEP),
    )
    masks: list[np.ndarray] = []

    def keep(_: Any) -> None:
        masks.append(np.concatenate([mask.reshape(-1) for mask in pruning.masks.values()]))

    fit(model, digits, pruning, Look(on_train_batch_end=keep), epochs=4)
    returned = [now & ~before for before, now in pairwise(masks)]
    assert any(step.any() for step in returned)


def test_between_updates_the_masks_stay(make_model: Make, digits: Arrays) -> None:
    pruning = PruneLowMagnitude(ONCE)
    masks: list[bytes] = []
    look = Look(
        on_train_batch_end=lambda _: masks.append(b"".join(map(bytes, pruning.masks.values())))
    )
    fit(make_model(), digits, pruning, look, epochs=2)
    assert masks[0] != masks[1]
    assert len(set(masks[1:])) == 1


def test_biases_are_never_pruned(make_model: Make, digits: Arrays) -> None:
    model, pruning = make_model(), PruneLowMagnitude(EVERY_STEP)
    fit(model, digits, pruning)
    assert all(path.endswith("/kernel") for path in pruning.masks)
    assert all(np.count_nonzero(layer.bias) for layer in model.layers if hasattr(layer, "bias"))


def test_the_model_has_its_own_training_step_back(make_model: Make, digits: Arrays) -> None:
    model = make_model()
    fit(model, digits, PruneLowMagnitude(EVERY_STEP))
    assert "train_step" not in vars(model)
    assert sparsity(model) == pytest.approx(0.75, abs=0.001)
    fit(model, digits)
    # What is left are weights of pixels that are never lit, which get no gradient.
    assert sparsity(model) < 0.3


def test_a_training_step_of_the_user_s_own_is_pruned_too_and_given_back(
    make_model: Make, digits: Arrays
) -> None:
    model, calls = make_model(), []
    plain = model.train_step

    def own(data: Any) -> Any:
        calls.append(1)
        return plain(data)

    model.train_step = own
    pruning = PruneLowMagnitude(EVERY_STEP)
    fit(model, digits, pruning)
    assert calls
    assert _masked_weights_are_zero(model, pruning)
    assert model.train_step is own


def test_a_second_fit_goes_on_in_steps_and_masks_as_the_reference_does(
    make_model: Make, digits: Arrays
) -> None:
    pruning = PruneLowMagnitude(ConstantSparsity(0.5, begin_step=3, end_step=3, frequency=1))
    model, seen = make_model(), []
    look = Look(on_train_batch_end=lambda _: seen.append(round(pruning.sparsity, 2)))
    fit(model, digits, pruning, look)
    fit(model, digits, pruning, look)
    assert seen == [0.0, 0.0, 0.5, 0.5, 0.5, 0.5]
    assert pruning.step == 6


def test_a_new_callback_begins_anew_on_the_same_model(make_model: Make, digits: Arrays) -> None:
    model = make_model()
    fit(model, digits, PruneLowMagnitude(ConstantSparsity(0.5, 1, frequency=1)))
    again = PruneLowMagnitude(ConstantSparsity(0.25, 3, frequency=1))
    fit(model, digits, again)
    assert again.step == 3
    assert again.sparsity == pytest.approx(0.25, abs=0.01)


def test_a_saved_model_is_plain_and_still_sparse(
    make_model: Make, digits: Arrays, tmp_path: Path
) -> None:
    model = make_model()
    fit(model, digits, PruneLowMagnitude(EVERY_STEP))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert [type(layer) for layer in again.layers] == [type(layer) for layer in model.layers]
    assert again.count_params() == make_model().count_params()
    assert sparsity(again) == pytest.approx(0.75, abs=0.001)
    assert np.array_equal(again.predict(digits[0], verbose=0), model.predict(digits[0], verbose=0))


def test_a_checkpoint_of_an_epoch_is_sparse(
    make_model: Make, digits: Arrays, tmp_path: Path
) -> None:
    pruning = PruneLowMagnitude(EVERY_STEP)
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "at-{epoch}.keras")
    fit(make_model(), digits, pruning, checkpoint, epochs=2)
    first = keras.models.load_model(tmp_path / "at-1.keras")
    assert sparsity(first) == pytest.approx(0.75, abs=0.001)


def test_the_convolutions_and_their_transposed_forms_are_pruned_depthwise_ones_not(
    make_model: Make, digits: Arrays
) -> None:
    layers = keras.layers
    model = make_model(
        layers.Reshape((8, 8, 1)),
        layers.Conv2D(4, 3, name="conv"),
        layers.Conv2DTranspose(4, 3, name="transposed"),
        layers.DepthwiseConv2D(3, name="depthwise"),
        layers.BatchNormalization(),
        layers.Flatten(),
    )
    pruning = PruneLowMagnitude(EVERY_STEP)
    fit(model, digits, pruning)
    pruned = [path.split("/")[-2] for path in pruning.masks]
    assert pruned[:2] == ["conv", "transposed"]
    assert pruned[2].startswith("dense")
    assert len(pruned) == 3


def test_nested_and_shared_layers_are_pruned_once(digits: Arrays) -> None:
    inner = keras.Sequential([keras.Input((16,)), keras.layers.Dense(16, name="inner")])
    shared = keras.layers.Dense(16, name="shared")
    inputs = keras.Input((8, 8))
    x = keras.layers.Dense(16, name="first")(keras.layers.Flatten()(inputs))
    x = inner(shared(shared(x)))
    model = keras.Model(inputs, keras.layers.Dense(10, activation="softmax", name="last")(x))
    model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False)
    pruning = PruneLowMagnitude(EVERY_STEP)
    fit(model, digits, pruning)
    assert sorted(path.split("/")[-2] for path in pruning.masks) == [
        "first",
        "inner",
        "last",
        "shared",
    ]
    assert _masked_weights_are_zero(model, pruning)


def test_a_model_without_a_prunable_layer_is_refused_by_name(digits: Arrays) -> None:
    model = keras.Sequential(
        [keras.Input((8, 8)), keras.layers.Reshape((8, 8, 1)), keras.layers.DepthwiseConv2D(3)],
        name="bare",
    )
    model.compile("sgd", "mse")
    with pytest.raises(NothingToPrune, match="model 'bare' has no kernel to prune"):
        fit(model, (digits[0], np.zeros((84, 6, 6, 1))), PruneLowMagnitude(EVERY_STEP))


def test_a_model_without_an_input_shape_is_told_how_to_get_one(digits: Arrays) -> None:
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10)], name="late")
    model.compile("sgd", "mse")
    with pytest.raises(UsageError, match=r"model 'late' has no weights .*keras\.Input\(shape\)"):
        fit(model, digits, PruneLowMagnitude(EVERY_STEP))


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "bfloat16", "float64"])
def test_kernels_of_other_precisions_are_pruned(
    make_model: Make, digits: Arrays, dtype: str
) -> None:
    dense = keras.layers.Dense(16, dtype=dtype)
    model, pruning = make_model(keras.layers.Flatten(), dense), PruneLowMagnitude(EVERY_STEP)
    fit(model, digits, pruning)
    # In two bytes many weights tie with the last one that is kept, and stay.
    zeros = float((np.asarray(dense.kernel.numpy(), np.float64) == 0).mean())
    assert 0.73 < zeros <= 0.75
    assert next(iter(pruning.masks.values())).mean() == 1 - zeros


@pytest.mark.parametrize("wrong", [0.5, None, ConstantSparsity, {"target_sparsity": 0.5}])
def test_a_schedule_that_is_none_is_refused(wrong: Any) -> None:
    with pytest.raises(UsageError, match="is not a PruningSchedule: use ConstantSparsity"):
        PruneLowMagnitude(wrong)


def test_weights_that_became_nan_end_the_fit_with_a_clear_error(
    make_model: Make, digits: Arrays
) -> None:
    model = make_model(optimizer=keras.optimizers.SGD(float("inf")))
    with pytest.raises(PrunelabError, match=r"NaN or infinite.*lower learning rate"):
        fit(model, digits, PruneLowMagnitude(EVERY_STEP))


def test_after_a_fit_that_broke_off_the_model_trains_as_before(
    make_model: Make, digits: Arrays
) -> None:
    def interrupt(_: Any) -> None:
        raise KeyboardInterrupt

    model = make_model()
    with pytest.raises(KeyboardInterrupt):
        fit(model, digits, PruneLowMagnitude(EVERY_STEP), Look(on_epoch_end=interrupt))
    assert sparsity(model) == pytest.approx(0.75, abs=0.001)
    fit(model, digits)
    assert sparsity(model) < 0.3


def test_a_schedule_of_the_user_s_own_prunes(make_model: Make, digits: Arrays) -> None:
    class Own(PruningSchedule):
        def __call__(self, step: int) -> tuple[bool, float]:
            return step == 2 or step == 4, step / 8

        def get_config(self) -> dict[str, Any]:
            return {"class_name": "Own", "config": {}}

    pruning = PruneLowMagnitude(Own())
    seen: list[float] = []
    look = Look(on_train_batch_end=lambda _: seen.append(round(pruning.sparsity, 2)))
    fit(make_model(), digits, pruning, look, epochs=2)
    assert seen == [0, 0.25, 0.25, 0.5, 0.5, 0.5]


@pytest.mark.parametrize("mode", ["eager", "ema", "jit"])
def test_weights_are_masked_at_the_end_in_other_ways_of_training(
    make_model: Make, digits: Arrays, mode: str
) -> None:
    compiled = {
        "eager": {"run_eagerly": True},
        "ema": {"optimizer": keras.optimizers.SGD(0.1, use_ema=True)},
        "jit": {"jit_compile": True},
    }
    model, pruning = make_model(**compiled[mode]), PruneLowMagnitude(EVERY_STEP)
    fit(model, digits, pruning)
    assert _masked_weights_are_zero(model, pruning)
