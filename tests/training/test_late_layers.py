"""Layers that are built, or become others, only while the model trains: never dense in silence."""

from __future__ import annotations

import warnings
from typing import Any

import keras
import numpy as np
import pytest
from kinds import Look, same

from prunelab import ConstantSparsity, Lab, PolynomialDecay, PruneLowMagnitude, RunRecorder
from prunelab.errors import NothingToPrune, PruningWarning, UsageError
from prunelab.pruning import sparsity_of, table

L = keras.layers
ONCE = ConstantSparsity(0.5, 1, frequency=100)
GROWING = PolynomialDecay(0.2, 0.75, begin_step=1, end_step=6, frequency=1)
X = np.random.default_rng(0).random((64, 6), np.float32)
Y = np.random.default_rng(1).random((64, 4), np.float32)


class Aux(keras.Model):
    """A head that only training calls, and a layer that nothing calls."""

    def __init__(self) -> None:
        super().__init__()
        made = (keras.initializers.GlorotUniform(seed) for seed in range(4))
        self.body, self.out, self.aux, self.never = (
            L.Dense(units, kernel_initializer=one)
            for units, one in zip((8, 4, 4, 3), made, strict=True)
        )

    def build(self, shape: Any) -> None:
        self.body.build(shape)
        self.out.build((None, 8))

    def call(self, x: Any, training: bool = False) -> Any:
        x = self.body(x)
        return self.out(x) + self.aux(x) if training else self.out(x)


class EagerOnly(Aux):
    """A step that cannot be traced."""

    def train_step(self, data: Any) -> Any:
        assert data[0].numpy().shape[1] == 6
        return super().train_step(data)


def _model(kind: type = Aux, built: bool = False, **compiled: Any) -> Any:
    model = kind()
    model(X[:1], training=built)
    assert model.aux.built == built
    model.compile(keras.optimizers.SGD(0.1), "mse", **{"jit_compile": False, **compiled})
    return model


def _fit(model: Any, *callbacks: Any, **values: Any) -> None:
    model.fit(
        *values.pop("data", (X, Y)),
        **{"batch_size": 16, "epochs": 2, "verbose": 0, "shuffle": False, **values},
        callbacks=list(callbacks),
    )


def _agrees(model: Any, pruning: PruneLowMagnitude, kernels: int = 3) -> None:
    rows = table(model, pruning)
    assert rows.pruned.sum() == len(pruning.masks) == kernels
    zeros = [float((np.asarray(one.kernel) == 0).mean()) for one in pruning.weights]
    assert zeros == [pytest.approx(weight.sparsity) for weight in pruning.weights]
    assert min(zeros) > 0.45
    assert sparsity_of(model) == pytest.approx(pruning.sparsity)


@pytest.mark.parametrize("schedule", [ONCE, GROWING], ids=["once", "growing"])
@pytest.mark.parametrize(
    "compiled", [{}, {"run_eagerly": True}, {"steps_per_execution": 2}], ids=str
)
def test_a_layer_that_only_training_builds_is_pruned_from_its_first_step(
    schedule: Any, compiled: dict[str, Any]
) -> None:
    late, early = _model(**compiled), _model(built=True, **compiled)
    pruned = []
    for model in (late, early):
        pruning = PruneLowMagnitude(schedule)
        _fit(model, pruning)
        _agrees(model, pruning)
        pruned.append([weight.kernel.numpy() for weight in pruning.weights])
    assert same(*pruned)


def test_so_it_is_in_data_of_unknown_length_and_in_a_recorded_run(lab: Lab) -> None:
    def batches() -> Any:
        yield from ((X[16 * one : 16 * one + 16], Y[16 * one : 16 * one + 16]) for one in range(4))

    model, pruning = _model(), PruneLowMagnitude(ONCE)
    recorder = RunRecorder(lab)
    _fit(model, recorder, pruning, data=(batches(),), batch_size=None, epochs=1)
    _agrees(model, pruning)
    assert lab.metrics(recorder.run).sparsity.tolist() == [pytest.approx(pruning.sparsity)] * 4


def test_a_step_that_cannot_be_traced_prunes_it_from_the_next_one_on() -> None:
    for epochs, samples in ((2, 64), (1, 16)):
        model, pruning = _model(EagerOnly, run_eagerly=True), PruneLowMagnitude(ONCE)
        _fit(model, pruning, data=(X[:samples], Y[:samples]), epochs=epochs)
        _agrees(model, pruning)


def test_layers_that_are_chosen_or_all_there_is_must_be_built_before() -> None:
    told = r"layer '.*' \(Dense\) has no weights before it is built: call model\(x\[:1\], training"
    model = _model()
    with pytest.raises(UsageError, match=told):
        _fit(model, PruneLowMagnitude(ONCE, layers=model.aux.name))

    class Lazy(Aux):
        def build(self, shape: Any) -> None:
            self.built = True

    model = Lazy()
    model.build((None, 6))
    model.compile("sgd", "mse")
    with pytest.raises(NothingToPrune, match=r"in it is not built yet: call model\(x\[:1\]"):
        _fit(model, PruneLowMagnitude(ONCE))


def _plain() -> Any:
    model = keras.Sequential([keras.Input((6,)), L.Dense(8), L.Dense(4)])
    model.compile("sgd", "mse", jit_compile=False)
    return model


def test_lora_that_a_callback_enables_is_refused_or_told_of() -> None:
    def enable(model: Any) -> None:
        if not model.layers[0].lora_enabled:
            model.layers[0].enable_lora(2)

    with pytest.raises(UsageError, match="has LoRA"):
        _fit(_plain(), PruneLowMagnitude(ONCE), Look(on_epoch_end=enable))
    with pytest.warns(PruningWarning, match="has LoRA"):
        _fit(_plain(), PruneLowMagnitude(ONCE), Look(on_train_end=enable))


def test_layers_that_a_callback_quantizes_are_told_of() -> None:
    def quantize(model: Any) -> None:
        if model.layers[0].quantization_mode is None:
            model.layers[0].quantize("int8")

    model, pruning = _plain(), PruneLowMagnitude(ONCE)
    with pytest.warns(PruningWarning, match="stay as they are, .* no longer floats"):
        _fit(model, pruning, Look(on_train_end=quantize))
    _agrees(model, pruning, kernels=1)
    # What was pruned before stays so.
    assert (np.asarray(model.layers[0].kernel) == 0).mean() >= 0.5


def test_a_model_whose_layers_are_all_built_is_looked_at_in_silence() -> None:
    model, pruning = _plain(), PruneLowMagnitude(ONCE)
    with warnings.catch_warnings():
        warnings.simplefilter("error", PruningWarning)
        _fit(model, pruning, epochs=3)
    _agrees(model, pruning, kernels=2)
