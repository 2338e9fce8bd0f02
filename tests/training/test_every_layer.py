"""Of every layer that Keras has: which of its weights are pruned, and why the others are not."""

from __future__ import annotations

import inspect
from typing import Any

import keras
import numpy as np
import pytest

from prunelab.pruning import prunable_kernels, table

L = keras.layers


def _over(layer: Any, *shape: int, **given: Any) -> Any:
    inputs = keras.Input(shape, **given)
    return keras.Model(inputs, layer(inputs))


def _attention(layer: Any) -> Any:
    inputs = keras.Input((5, 4))
    return keras.Model(inputs, layer(inputs, inputs))


BOTH = {"kernel", "recurrent_kernel"}
PROJECTIONS = {"query/kernel", "key/kernel", "value/kernel", "attention_output/kernel"}

# A model of each layer that holds weights, and what is pruned of it.
HOLDING: dict[str, tuple[Any, set[str]]] = {
    "Dense": (lambda: _over(L.Dense(3), 4), {"kernel"}),
    "EinsumDense": (lambda: _over(L.EinsumDense("ab,bc->ac", 3), 4), {"kernel"}),
    "Conv1D": (lambda: _over(L.Conv1D(3, 2), 6, 2), {"kernel"}),
    "Conv2D": (lambda: _over(L.Conv2D(3, 2), 6, 6, 2), {"kernel"}),
    "Conv3D": (lambda: _over(L.Conv3D(3, 2), 6, 6, 6, 2), {"kernel"}),
    "Conv1DTranspose": (lambda: _over(L.Conv1DTranspose(3, 2), 6, 2), {"kernel"}),
    "Conv2DTranspose": (lambda: _over(L.Conv2DTranspose(3, 2), 6, 6, 2), {"kernel"}),
    "Conv3DTranspose": (lambda: _over(L.Conv3DTranspose(3, 2), 6, 6, 6, 2), {"kernel"}),
    "SeparableConv1D": (lambda: _over(L.SeparableConv1D(3, 2), 6, 2), {"pointwise_kernel"}),
    "SeparableConv2D": (lambda: _over(L.SeparableConv2D(3, 2), 6, 6, 2), {"pointwise_kernel"}),
    "DepthwiseConv1D": (lambda: _over(L.DepthwiseConv1D(2), 6, 2), set()),
    "DepthwiseConv2D": (lambda: _over(L.DepthwiseConv2D(2), 6, 6, 2), set()),
    "Embedding": (lambda: _over(L.Embedding(9, 4), 5), {"embeddings"}),
    "ReversibleEmbedding": (
        lambda: _over(L.ReversibleEmbedding(9, 4, tie_weights=False), 5),
        {"embeddings", "reverse_embeddings"},
    ),
    "LSTM": (lambda: _over(L.LSTM(3), 5, 4), BOTH),
    "GRU": (lambda: _over(L.GRU(3), 5, 4), BOTH),
    "SimpleRNN": (lambda: _over(L.SimpleRNN(3), 5, 4), BOTH),
    "LSTMCell": (lambda: _over(L.RNN(L.LSTMCell(3)), 5, 4), BOTH),
    "GRUCell": (lambda: _over(L.RNN(L.GRUCell(3)), 5, 4), BOTH),
    "SimpleRNNCell": (lambda: _over(L.RNN(L.SimpleRNNCell(3)), 5, 4), BOTH),
    "RNN": (lambda: _over(L.RNN(L.StackedRNNCells([L.GRUCell(3), L.LSTMCell(3)])), 5, 4), BOTH),
    "ConvLSTM1D": (lambda: _over(L.ConvLSTM1D(3, 2), 4, 6, 2), BOTH),
    "ConvLSTM2D": (lambda: _over(L.ConvLSTM2D(3, 2), 4, 6, 6, 2), BOTH),
    "ConvLSTM3D": (lambda: _over(L.ConvLSTM3D(3, 2), 4, 6, 6, 6, 2), BOTH),
    "Attention": (lambda: _over_two(L.Attention(use_scale=True)), set()),
    "AdditiveAttention": (lambda: _over_two(L.AdditiveAttention()), set()),
    "MultiHeadAttention": (lambda: _attention(L.MultiHeadAttention(2, 3)), PROJECTIONS),
    "GroupQueryAttention": (lambda: _attention(L.GroupQueryAttention(3, 2, 1)), PROJECTIONS),
    "Bidirectional": (lambda: _over(L.Bidirectional(L.ConvLSTM1D(3, 2)), 4, 6, 2), BOTH),
    "TimeDistributed": (lambda: _over(L.TimeDistributed(L.Dense(3)), 5, 4), {"kernel"}),
    "SpectralNormalization": (lambda: _over(L.SpectralNormalization(L.Dense(3)), 4), {"kernel"}),
    "BatchNormalization": (lambda: _over(L.BatchNormalization(), 4), set()),
    "LayerNormalization": (lambda: _over(L.LayerNormalization(axis=(1, 2)), 5, 4), set()),
    "GroupNormalization": (lambda: _over(L.GroupNormalization(2), 4), set()),
    "RMSNormalization": (lambda: _over(L.RMSNormalization(axis=(1, 2)), 5, 4), set()),
    "Normalization": (lambda: _over(L.Normalization(axis=(1, 2)), 5, 4), set()),
    "PReLU": (lambda: _over(L.PReLU(), 5, 4), set()),
    "STFTSpectrogram": (lambda: _over(L.STFTSpectrogram(trainable=True), 900, 1), set()),
}


def _over_two(layer: Any) -> Any:
    inputs = keras.Input((5, 4))
    return keras.Model(inputs, layer([inputs, inputs]))


def _holding() -> set[str]:
    """Names of all layers of this Keras that make weights, or hold layers that do."""
    found = set()
    for name, one in vars(L).items():
        if not inspect.isclass(one) or not issubclass(one, L.Layer) or one.__name__ != name:
            continue
        own = [kind for kind in one.__mro__ if kind.__module__.startswith("keras.src.layers")]
        if any("add_weight(" in inspect.getsource(kind) for kind in own if kind is not L.Layer):
            found.add(name)
    return found


def test_no_layer_that_makes_weights_is_missing_here() -> None:
    assert _holding() <= set(HOLDING)


@pytest.mark.parametrize("name", sorted(HOLDING))
def test_what_is_pruned_of_a_layer_and_why_the_rest_is_not(name: str) -> None:
    if name not in vars(L):
        assert name in ("ReversibleEmbedding", "RMSNormalization")  # Younger than Keras 3.10.
        return
    make, pruned = HOLDING[name]
    model = make()
    paths = [kernel.path.split("/") for kernel in prunable_kernels(model)]
    depth = 2 if pruned == PROJECTIONS else 1
    assert {"/".join(path[-depth:]) for path in paths} == pruned
    rows = table(model)
    assert rows.pruned.sum() == len(paths)
    assert (rows.why[~rows.pruned] != "").all()
    # A matrix that stays dense does so for a reason of its own.
    dense = rows[~rows.pruned & (rows["shape"].map(len) > 1)]
    assert not dense.why.str.contains("does not know|no kernel of a prunable").any(), dense.why
    if name.startswith("Depthwise"):
        assert dense.why.tolist() == ["depthwise kernels stay dense, as in the reference"]
    for kernel in prunable_kernels(model):
        kernel.assign(np.zeros(kernel.shape))
    assert (table(model).sparsity[rows.pruned] == 1).all()
