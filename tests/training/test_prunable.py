"""Which weights are pruned by default: the reference's, and what it refuses."""

from __future__ import annotations

import keras
import numpy as np

from prunelab import ConstantSparsity, PruneLowMagnitude
from prunelab.pruning import prunable_kernels

L = keras.layers


def _names(model: keras.Model) -> set[str]:
    return {"/".join(kernel.path.split("/")[-2:]) for kernel in prunable_kernels(model)}


def _model(inputs: keras.KerasTensor, outputs: keras.KerasTensor) -> keras.Model:
    return keras.Model(inputs, outputs)


def test_recurrent_layers_give_both_kernels_also_inside_bidirectional() -> None:
    x = keras.Input((5, 4))
    y = L.SimpleRNN(3)(
        L.Bidirectional(L.GRU(3, return_sequences=True))(L.LSTM(3, return_sequences=True)(x))
    )
    kernels = prunable_kernels(_model(x, y))
    assert len(kernels) == 2 * 4
    assert {kernel.path.split("/")[-1] for kernel in kernels} == {"kernel", "recurrent_kernel"}


def test_attention_gives_its_four_projections() -> None:
    x = keras.Input((5, 4))
    names = _names(_model(x, L.MultiHeadAttention(2, 3)(x, x)))
    assert names == {"query/kernel", "key/kernel", "value/kernel", "attention_output/kernel"}


def test_separable_convolutions_give_their_pointwise_kernel_alone() -> None:
    x = keras.Input((8, 8, 2))
    y = L.DepthwiseConv2D(3)(L.SeparableConv2D(4, 3)(x))
    assert _names(_model(x, y)) == {"separable_conv2d/pointwise_kernel"}


def test_embeddings_einsum_and_time_distributed_are_pruned() -> None:
    x = keras.Input((6,), dtype="int32")
    y = L.EinsumDense("abc,cd->abd", output_shape=(6, 3))(L.Embedding(9, 4)(x))
    names = _names(_model(x, L.TimeDistributed(L.Dense(2))(y)))
    assert names == {"embedding/embeddings", "einsum_dense/kernel", "dense/kernel"}


def test_subclasses_of_layers_and_of_models_are_pruned() -> None:
    class Mine(L.Dense):
        pass

    class Net(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.first = Mine(4)
            self.rest = [L.Dense(3)]

        def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
            return self.rest[0](self.first(x))

    net = Net()
    net(np.ones((1, 5), np.float32))
    assert len(prunable_kernels(net)) == 2


def test_normalisation_biases_and_frozen_scales_are_not() -> None:
    x = keras.Input((4,))
    y = L.PReLU()(L.LayerNormalization()(L.BatchNormalization()(L.Dense(3)(x))))
    assert len(prunable_kernels(_model(x, y))) == 1


def test_a_recurrent_model_reaches_its_sparsity_in_fit() -> None:
    model = keras.Sequential([keras.Input((5, 4)), L.Bidirectional(L.LSTM(6)), L.Dense(2)])
    model.compile("adam", "mse", jit_compile=False)
    pruning = PruneLowMagnitude(ConstantSparsity(0.75, 1, frequency=1))
    random = np.random.default_rng(0)
    x, y = random.random((32, 5, 4), np.float32), random.random((32, 2), np.float32)
    model.fit(x, y, batch_size=8, verbose=0, callbacks=[pruning])
    for kernel in prunable_kernels(model):
        assert abs((kernel.numpy() == 0).mean() - 0.75) < 0.05
