"""Layers of a user's own, LoRA and quantized layers: pruned, or told of in a line."""

from __future__ import annotations

import warnings
from typing import Any

import keras
import numpy as np
import pytest

from prunelab import ConstantSparsity, PruneLowMagnitude
from prunelab.errors import NothingToPrune, PruningWarning, UsageError
from prunelab.pruning import merge_lora, prunable_kernels, sparsity_of, table

L = keras.layers
HALF = ConstantSparsity(0.5, 1, frequency=1)


class Own(L.Layer):
    """A dense layer of one's own, with a vector besides."""

    def build(self, shape: Any) -> None:
        self.w = self.add_weight(shape=(shape[-1], 8), name="w")
        self.scale = self.add_weight(shape=(8,), name="scale")

    def call(self, x: Any) -> Any:
        return keras.ops.matmul(x, self.w) * self.scale


class Says(Own):
    """The same, which says what of it is pruned, as in the reference."""

    def get_prunable_weights(self) -> list[Any]:
        return [self.w]


def _model(*layers: Any, shape: tuple[int, ...] = (6,)) -> Any:
    model = keras.Sequential([keras.Input(shape), *layers])
    model.compile("adam", "mse", jit_compile=False)
    return model


def _fit(model: Any, pruning: Any, **values: Any) -> None:
    random = np.random.default_rng(0)
    x = random.random((16, *model.input_shape[1:]), np.float32)
    y = random.random((16, *model.output_shape[1:]), np.float32)
    model.fit(x, y, **{"batch_size": 8, "verbose": 0, "callbacks": [pruning], **values})


def _zeros(weight: Any) -> float:
    return float((np.asarray(weight) == 0).mean())


def _agrees(model: Any, pruning: Any, sparsity: float = 0.5) -> None:
    """All that tells of the sparsity tells what the weights hold."""
    rows = table(model, pruning)
    assert pruning.sparsity == pytest.approx(sparsity, abs=0.05)
    assert sorted(pruning.masks) == sorted(rows.path[rows.pruned])
    for weight in pruning.weights:
        assert _zeros(weight.kernel) == pytest.approx(sparsity, abs=0.05)
        assert weight.sparsity == pytest.approx(_zeros(weight.kernel), abs=0.01)
    assert rows.sparsity[rows.pruned].tolist() == [
        pytest.approx(_zeros(weight)) for weight in model.weights if weight.path in pruning.masks
    ]


def test_a_layer_says_which_of_its_weights_are_pruned() -> None:
    model, pruning = _model(Says(), L.Dense(4)), PruneLowMagnitude(HALF)
    with warnings.catch_warnings():
        warnings.simplefilter("error", PruningWarning)
        _fit(model, pruning)
    assert len(pruning.weights) == 2
    _agrees(model, pruning)
    assert sparsity_of(model) == pytest.approx(pruning.sparsity)
    assert table(model).why[1] == "get_prunable_weights of Says leaves it out"


def test_what_a_layer_says_holds_for_the_layers_inside_it_too() -> None:
    class Block(L.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = L.Dense(8), L.Dense(8)

        def call(self, x: Any) -> Any:
            return self.second(self.first(x))

        def get_prunable_weights(self) -> list[Any]:
            return [self.second.kernel]

    model, pruning = _model(Block(), L.Dense(4)), PruneLowMagnitude(HALF)
    _fit(model, pruning)
    first, second, last = (weight for weight in model.weights if weight.ndim == 2)
    assert [_zeros(first), _zeros(second), _zeros(last)] == [0, 0.5, 0.5]
    _agrees(model, pruning)


def test_a_cell_and_a_model_of_one_s_own_say_it_too() -> None:
    class Cell(Own):
        state_size = 8

        def call(self, x: Any, states: Any) -> Any:
            return super().call(x), [states[0]]

        def get_prunable_weights(self) -> list[Any]:
            return [self.w]

    class Net(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.w = self.add_weight(shape=(6, 4), name="w")
            self.dense = L.Dense(4)

        def call(self, x: Any) -> Any:
            return keras.ops.matmul(x, self.w) + self.dense(x)

        def get_prunable_weights(self) -> list[Any]:
            return [self.w]

    recurrent = _model(L.RNN(Cell()), shape=(5, 6))
    assert [kernel.name for kernel in prunable_kernels(recurrent)] == ["w"]
    net = Net()
    net(np.ones((1, 6)))
    assert [kernel.name for kernel in prunable_kernels(net)] == ["w"]


def test_a_layer_of_one_s_own_that_says_nothing_is_told_of_in_a_line() -> None:
    model, pruning = _model(Own(name="own"), L.Dense(4)), PruneLowMagnitude(HALF)
    with pytest.warns(PruningWarning) as told:
        _fit(model, pruning)
    assert [str(one.message) for one in told] == [
        f"48 of the model's 92 weights stay dense, '{model.layers[0].w.path}' of Own: prunelab "
        "does not know what Own does with it: name it in layers=, or give the class a method "
        "get_prunable_weights"
    ]
    assert _zeros(model.layers[0].w) == 0
    _agrees(model, pruning)
    assert "does not know what Own does" in table(model, pruning).why[0]
    alone = _model(Own())
    with pytest.raises(NothingToPrune, match=r"no kernel to prune: 48 of .*layers=, or give"):
        _fit(alone, PruneLowMagnitude(HALF))


@pytest.mark.parametrize(
    "layers",
    [
        "own",
        ".*/own/w",
        lambda layer: isinstance(layer, Own),
        {"own": HALF},
        lambda layer: True,
        ".*",
    ],
    ids=["name", "weight", "class", "mapping", "all", "everything"],
)
def test_layers_chooses_the_matrices_of_a_layer_of_one_s_own(layers: Any) -> None:
    model = _model(Own(name="own"), L.Dense(4))
    if isinstance(layers, dict):
        pruning = PruneLowMagnitude(layers)
    else:
        pruning = PruneLowMagnitude(HALF, layers=layers)
    with warnings.catch_warnings():
        warnings.simplefilter("error", PruningWarning)
        _fit(model, pruning)
    assert model.layers[0].w.path in pruning.masks
    assert _zeros(model.layers[0].scale) == 0
    _agrees(model, pruning)


def test_a_whole_path_chooses_a_vector_or_a_depthwise_kernel() -> None:
    model = _model(L.DepthwiseConv1D(3, name="deep"), Own(name="own"), shape=(5, 6))
    with pytest.raises(UsageError, match=r"holds no kernel .*name '.*deep/kernel' by its whole"):
        _fit(model, PruneLowMagnitude(HALF, layers="deep"))
    deep, own = model.layers
    pruning = PruneLowMagnitude(HALF, layers=[deep.kernel.path, own.scale.path])
    _fit(model, pruning)
    assert (_zeros(deep.kernel), _zeros(own.scale), _zeros(own.w)) == (0.5, 0.5, 0)
    _agrees(model, pruning)


def test_a_dense_layer_of_one_s_own_with_a_weight_more() -> None:
    class Gated(L.Dense):
        def build(self, shape: Any) -> None:
            super().build(shape)
            self.gate = self.add_weight(shape=(shape[-1], self.units), name="gate")

        def call(self, x: Any) -> Any:
            return super().call(x) * keras.ops.sigmoid(keras.ops.matmul(x, self.gate))

    model, pruning = _model(Gated(8)), PruneLowMagnitude(HALF)
    with pytest.warns(PruningWarning, match=r"48 of the model's 104 .*gate' of Gated"):
        _fit(model, pruning)
    assert [_zeros(weight) for weight in (model.layers[0].kernel, model.layers[0].gate)] == [0.5, 0]


@pytest.mark.parametrize(
    ("gives", "told"),
    [
        (lambda layer: [layer.scale.value], "gave a .* that is no weight of it: return a list"),
        (lambda layer: [layer.count], "of type int32 and shape .*: return arrays of floats"),
        (lambda layer: layer.missing, "failed: AttributeError: .*: mend Wrong"),
        (lambda layer: None, "failed: TypeError"),
    ],
)
def test_a_layer_that_says_nonsense_is_named(gives: Any, told: str) -> None:
    class Wrong(Own):
        def build(self, shape: Any) -> None:
            super().build(shape)
            self.count = self.add_weight(shape=(3,), name="n", dtype="int32", trainable=False)

        def get_prunable_weights(self) -> Any:
            return gives(self)

    model = _model(Wrong(name="wrong"), L.Dense(4))
    with pytest.raises(UsageError, match=rf"get_prunable_weights of layer '.*wrong'.* {told}"):
        _fit(model, PruneLowMagnitude(HALF))


def test_frozen_and_half_precision_layers_are_pruned_as_in_the_reference() -> None:
    for dtype in ("mixed_float16", "mixed_bfloat16", "bfloat16", "float64"):
        model = _model(L.Dense(8, dtype=dtype), L.Dense(4, dtype=dtype))
        model.layers[0].trainable = False
        model.compile("adam", "mse", jit_compile=False)
        pruning = PruneLowMagnitude(HALF)
        _fit(model, pruning)
        assert len(pruning.weights) == 2
        _agrees(model, pruning)


def _with_lora(kind: str) -> Any:
    layer, shape = {
        "Dense": (L.Dense(8), (6,)),
        "EinsumDense": (L.EinsumDense("ab,bc->ac", 8), (6,)),
        "Embedding": (L.Embedding(9, 4), (5,)),
        "Conv1D": (L.Conv1D(4, 2), (5, 3)),
    }[kind]
    model = _model(layer, L.Dense(4), shape=shape)
    layer.enable_lora(2)
    for part in ("lora_kernel_b", "lora_embeddings_b"):
        if hasattr(layer, part):
            getattr(layer, part).assign(np.ones(getattr(layer, part).shape))
    model.compile("adam", "mse", jit_compile=False)
    return model


@pytest.mark.parametrize("kind", ["Dense", "EinsumDense", "Embedding", "Conv1D"])
def test_lora_is_refused_until_it_is_merged(kind: str, tmp_path: Any) -> None:
    model = _with_lora(kind)
    before = model.get_weights()
    rows = table(model)
    assert rows.why.tolist().count("LoRA adds a dense product to it") == 1
    assert rows.why.tolist().count("a part of LoRA") == 2
    with pytest.raises(UsageError, match=r"has LoRA, which adds .*merge_lora\(model\)"):
        _fit(model, PruneLowMagnitude(HALF))
    assert all(map(np.array_equal, model.get_weights(), before))

    x = np.ones((2, *model.input_shape[1:]), np.float32)
    computed = model.predict(x, verbose=0)
    assert merge_lora(model) == 1
    np.testing.assert_allclose(model.predict(x, verbose=0), computed, rtol=1e-5)
    model.compile("adam", "mse", jit_compile=False)
    pruning = PruneLowMagnitude(HALF)
    _fit(model, pruning)
    _agrees(model, pruning)
    model.save(tmp_path / "merged.keras")
    loaded = keras.models.load_model(tmp_path / "merged.keras")
    assert sparsity_of(loaded) == pytest.approx(pruning.sparsity)
    assert merge_lora(loaded) == 0


def test_other_layers_are_pruned_beside_lora() -> None:
    model = _with_lora("Dense")
    pruning = PruneLowMagnitude(HALF, layers=model.layers[1])
    _fit(model, pruning)
    _agrees(model, pruning)


def test_the_sparsity_under_lora_is_that_of_what_computes() -> None:
    model, pruning = _model(L.Dense(8)), PruneLowMagnitude(HALF)
    _fit(model, pruning)
    layer = model.layers[0]
    layer.enable_lora(2)
    layer.lora_kernel_b.assign(np.ones((2, 8)))
    assert sparsity_of(model) == _zeros(layer.kernel) == 0
    model.compile("adam", "mse")
    with pytest.raises(UsageError, match="has LoRA"):
        _fit(model, pruning)


@pytest.mark.parametrize("mode", ["int8", "int4"])
def test_kernels_that_are_no_longer_floats_are_told_of(mode: str) -> None:
    model, pruning = _model(L.Dense(8, name="first"), L.Dense(4)), PruneLowMagnitude(HALF)
    _fit(model, pruning)
    model.quantize(mode)
    model.compile("adam", "mse")
    for again in (pruning, PruneLowMagnitude(HALF)):
        with pytest.raises(NothingToPrune, match=r"first/kernel' .*no longer floats: prune before"):
            _fit(model, again)
    assert table(model).why.str.contains("no longer floats: prune before model.quantize").sum() >= 2

    half = _model(L.Dense(8), L.Dense(4))
    half.layers[0].quantize(mode)
    half.compile("adam", "mse", jit_compile=False)
    with pytest.warns(
        PruningWarning, match="stay as they are, .*kernel' of Dense.* no longer floats"
    ):
        _fit(half, PruneLowMagnitude(HALF))
    assert _zeros(half.layers[1].kernel) == 0.5


def test_float8_layers_train_and_are_pruned() -> None:
    model = _model(L.Dense(16), L.Dense(16))
    model.quantize("float8")
    model.compile("adam", "mse", jit_compile=False)
    pruning = PruneLowMagnitude(HALF)
    _fit(model, pruning)
    assert len(pruning.weights) == 2
    _agrees(model, pruning)
