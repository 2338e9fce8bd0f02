"""Whatever is saved while a model is pruned is masked, and saving leaves the training as it is."""

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
    same,
    sparsity,
    variables,
)

from prunelab import PruneLowMagnitude

ORDERS = pytest.mark.parametrize("first", [True, False], ids=["saves first", "prunes first"])


def _ordered(pruning: Any, other: Any, first: bool) -> list[Any]:
    return [other, pruning] if first else [pruning, other]


@ORDERS
@pytest.mark.parametrize("freq", ["epoch", 1])
@pytest.mark.parametrize("kind", [".keras", ".weights.h5"])
def test_every_checkpoint_is_masked_and_changes_no_training(
    make_model: Make, digits: Arrays, tmp_path: Path, first: bool, freq: Any, kind: str
) -> None:
    plain = make_model(optimizer="adam")
    fit(plain, digits, PruneLowMagnitude(GROWING), epochs=2)

    model, pruning = make_model(optimizer="adam"), PruneLowMagnitude(GROWING)
    masks: dict[int, list[np.ndarray]] = {}
    note = Look(on_train_batch_end=lambda _: masks.update({pruning.step: masks_of(pruning)}))
    name = "{epoch}-{batch}" if freq == 1 else "{epoch}"
    saver = keras.callbacks.ModelCheckpoint(
        tmp_path / f"{name}{kind}", save_freq=freq, save_weights_only=kind == ".weights.h5"
    )
    fit(model, digits, note, *_ordered(pruning, saver, first), epochs=2)
    assert same(variables(model), variables(plain))

    steps = {"1-1": 1, "1-2": 2, "1-3": 3, "2-1": 4, "2-2": 5, "2-3": 6, "1": 3, "2": 6}
    files = sorted(tmp_path.iterdir())
    assert len(files) == (6 if freq == 1 else 2)
    for file in files:
        saved = make_model(optimizer="adam")
        if kind == ".keras":
            saved = keras.models.load_model(file)
        else:
            saved.load_weights(file)
        assert all_zero(kernels(saved), masks[steps[file.name.split(".")[0]]]), file


@ORDERS
def test_what_a_callback_saves_or_takes_at_a_batch_is_masked_too(
    make_model: Make, digits: Arrays, tmp_path: Path, first: bool
) -> None:
    pruning, taken, live = PruneLowMagnitude(EVERY_STEP), [], []

    def look(model: Any) -> None:
        model.save(tmp_path / "full.keras")
        model.save(tmp_path / "old.h5")
        model.save_weights(tmp_path / "only.weights.h5")
        taken.append((model.get_weights()[::2], masks_of(pruning)))
        live.append(sparsity(model))

    model = make_model()
    fit(model, digits, *_ordered(pruning, Look(on_train_batch_end=look), first))
    assert all(all_zero(values, masks) for values, masks in taken)
    assert max(live) < 0.75  # The weights themselves were left with their gradients.
    for name in ("full.keras", "old.h5"):
        assert sparsity(keras.models.load_model(tmp_path / name)) >= 0.749
    again = make_model()
    again.load_weights(tmp_path / "only.weights.h5")
    assert sparsity(again) >= 0.749


def test_what_a_callback_evaluates_at_a_batch_is_masked_and_changes_no_training(
    make_model: Make, digits: Arrays
) -> None:
    model, pruning, seen = make_model(), PruneLowMagnitude(GROWING), []

    def look(model: Any) -> None:
        masked = make_model()
        masked.set_weights(model.get_weights())
        ours = model.predict(digits[0], verbose=0), model.predict_on_batch(digits[0][:8])
        theirs = masked.predict(digits[0], verbose=0), masked.predict_on_batch(digits[0][:8])
        seen.append(all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True)))
        seen.append(model.evaluate(*digits, verbose=0) == masked.evaluate(*digits, verbose=0))

    fit(model, digits, pruning, Look(on_train_batch_end=look))
    assert seen == [True] * 6
    plain = make_model()
    fit(plain, digits, PruneLowMagnitude(GROWING))
    assert same(variables(model), variables(plain))


def test_an_export_at_a_batch_is_masked(make_model: Make, digits: Arrays, tmp_path: Path) -> None:
    import tensorflow as tf

    pruning, seen = PruneLowMagnitude(EVERY_STEP), []

    def export(model: Any) -> None:
        if pruning.step == 2:
            model.export(tmp_path / "served", verbose=False)
            seen.append(sparsity(model))

    fit(make_model(), digits, pruning, Look(on_train_batch_end=export))
    found = [one.numpy() for one in tf.saved_model.load(str(tmp_path / "served")).variables]
    zeros = sum(int((one == 0).sum()) for one in found if one.ndim == 2)
    assert zeros / sum(one.size for one in found if one.ndim == 2) >= 0.749
    assert seen[0] < 0.75


def test_callbacks_before_the_pruning_see_masked_weights_at_the_end_of_an_epoch(
    make_model: Make, digits: Arrays
) -> None:
    pruning, seen = PruneLowMagnitude(EVERY_STEP), []
    fit(
        make_model(), digits, Look(on_epoch_end=lambda model: seen.append(sparsity(model))), pruning
    )
    assert seen[0] >= 0.749


class Worse(keras.callbacks.Callback):
    """A val_loss that is best after the first epoch."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["val_loss"] = float(epoch)


@ORDERS
def test_masks_come_back_with_an_earlier_epoch(
    make_model: Make, digits: Arrays, first: bool
) -> None:
    model, pruning, seen = make_model(), PruneLowMagnitude(GROWING), []
    stop = keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)
    look = Look(on_epoch_end=lambda model: seen.append((masks_of(pruning), kernels(model))))
    with pytest.warns(UserWarning, match=r"brought back are of sparsity 0\.\d+, not"):
        fit(model, digits, Worse(), look, *_ordered(pruning, stop, first), epochs=6)
    assert len(seen) == 3
    assert same(masks_of(pruning), seen[0][0])
    assert same(kernels(model), seen[0][1])
    assert pruning.sparsity == pytest.approx(sparsity(model), abs=1e-3)
    stop.model.set_weights(model.get_weights())
    assert first or "set_weights" not in vars(model)


def test_a_model_is_left_with_its_own_methods(make_model: Make, digits: Arrays) -> None:
    model = make_model()
    before = set(vars(model))
    fit(model, digits, PruneLowMagnitude(EVERY_STEP), keras.callbacks.EarlyStopping("loss"))
    assert {name for name in set(vars(model)) - before if not name.startswith("_")} <= {"history"}


def test_after_a_fit_that_broke_off_the_next_one_saves_as_before(
    make_model: Make, digits: Arrays, tmp_path: Path
) -> None:
    def interrupt(_: Any) -> None:
        raise KeyboardInterrupt

    model = make_model()
    with pytest.raises(KeyboardInterrupt):
        fit(model, digits, PruneLowMagnitude(EVERY_STEP), Look(on_train_batch_end=interrupt))
    model.save(tmp_path / "broken.keras")
    assert sparsity(keras.models.load_model(tmp_path / "broken.keras")) >= 0.749
    fit(model, digits)
    model.save(tmp_path / "plain.keras")
    assert sparsity(keras.models.load_model(tmp_path / "plain.keras")) < 0.3
    assert not {"save", "save_weights", "get_weights", "set_weights", "export"} & set(vars(model))


@pytest.mark.parametrize("save", [keras.saving.save_model, keras.saving.save_weights])
def test_keras_s_own_functions_save_masked_weights_between_batches_too(
    make_model: Make, digits: Arrays, tmp_path: Path, save: Any
) -> None:
    model, pruning = make_model(), PruneLowMagnitude(EVERY_STEP)
    kind = ".keras" if save is keras.saving.save_model else ".weights.h5"
    live: list[Any] = []

    def at_batch(batch: int) -> None:
        live.append(variables(model))
        save(model, tmp_path / f"{batch}{kind}")
        assert same(variables(model), live[-1])

    fit(model, digits, Look(on_train_batch_end=at_batch), pruning, epochs=1)
    assert not same(live[0], live[1])
    for file in tmp_path.iterdir():
        saved = make_model()
        saved.load_weights(file)
        assert sparsity(saved) == pytest.approx(0.75, abs=0.001)
    # Afterwards nothing of it is left on the layers.
    assert all("save_own_variables" not in vars(layer) for layer in model.layers)


def test_a_nested_model_is_masked_at_a_batch_as_the_whole_is(tmp_path: Path) -> None:
    import tensorflow as tf

    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(6)])
    inner.compile("sgd", "mse")
    model = keras.Sequential([keras.Input((4,)), inner, keras.layers.Dense(1)])
    model.compile("adam", "mse", jit_compile=False)
    x, y = np.random.default_rng(0).random((64, 4)), np.zeros((64, 1))
    pruning, seen = PruneLowMagnitude(EVERY_STEP), {}

    def matrices(values: list[Any]) -> list[np.ndarray]:
        return [np.asarray(value) for value in values if np.ndim(value) == 2]

    def take(_: Any) -> None:
        if pruning.step != 5:
            return
        live = variables(model)
        inner.save(tmp_path / "inner.keras")
        inner.save_weights(tmp_path / "inner.weights.h5")
        inner.export(tmp_path / "inner", verbose=False)
        seen["weights"] = inner.get_weights()
        seen["layers"] = [one for layer in inner.layers for one in layer.get_weights()]
        seen["outputs"] = [
            inner.predict(x[:8], verbose=0),
            inner.predict_on_batch(x[:8]),
            np.asarray(inner(x[:8])),
            np.asarray(inner.layers[1](inner.layers[0](x[:8]))),
        ]
        seen["losses"] = [inner.evaluate(x, np.zeros((64, 6)), verbose=0)]
        seen["whole"] = np.asarray(model(x[:8]))
        seen["masks"] = [pruning.masks[layer.kernel.path] for layer in inner.layers]
        assert same(variables(model), live)
        assert not all_zero(kernels(inner), seen["masks"])

    fit_values = {"batch_size": 8, "verbose": 0, "shuffle": False}
    model.fit(x, y, callbacks=[pruning, Look(on_train_batch_end=take)], **fit_values)

    masks = seen["masks"]
    again = keras.models.load_model(tmp_path / "inner.keras")
    for values in (
        seen["weights"],
        seen["layers"],
        again.get_weights(),
        [one.numpy() for one in tf.saved_model.load(str(tmp_path / "inner")).variables],
    ):
        assert all_zero(matrices(values), masks)
    for output in seen["outputs"]:
        np.testing.assert_allclose(output, again.predict(x[:8], verbose=0), rtol=1e-5)
    again.compile("sgd", "mse")
    assert seen["losses"] == [pytest.approx(again.evaluate(x, np.zeros((64, 6)), verbose=0))]
    again.load_weights(tmp_path / "inner.weights.h5")
    assert all_zero(kernels(again), masks)
    for layer in (model, inner, *inner.layers):
        assert not {"call", "get_weights", "save", "save_own_variables"} & set(vars(layer))


@pytest.mark.parametrize("eagerly", [False, True], ids=["graph", "eager"])
def test_a_step_of_several_updates_sees_masked_weights_in_every_call(eagerly: bool) -> None:
    import tensorflow as tf

    class Gan(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.critic = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8)])
            self.maker = keras.Sequential([keras.Input((3,)), keras.layers.Dense(6)])
            self.rates = [keras.optimizers.Adam(0.1), keras.optimizers.Adam(0.1)]
            self.seen = tf.Variable(0.0)

        def call(self, x: Any) -> Any:
            return self.critic(self.maker(x))

        def train_step(self, data: Any) -> Any:
            for part, rate in zip((self.critic, self.maker), self.rates, strict=True):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(self(data) ** 2)
                zeros = tf.equal(self.critic.layers[0].kernel.value, 0)
                self.seen.assign(tf.reduce_mean(tf.cast(zeros, tf.float32)))
                variables = part.trainable_variables
                rate.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
            return {"loss": loss}

    model, pruning, seen = Gan(), PruneLowMagnitude(EVERY_STEP), []
    model(np.ones((1, 3)))
    model.compile(run_eagerly=eagerly, jit_compile=False)
    look = Look(on_train_batch_end=lambda model: seen.append(float(model.seen)))
    model.fit(np.ones((24, 3)), batch_size=8, verbose=0, callbacks=[pruning, look])
    assert seen == [0.75] * 3
    assert all("apply" not in vars(rate) for rate in model.rates)
