"""Which weights of a Keras model are pruned by default."""

from __future__ import annotations

from typing import Any

import numpy as np

from prunelab.pruning.layers.lora import kernel_that_computes
from prunelab.pruning.layers.pruning_status import Status, pruning_statuses

__all__ = ["prunable_kernels", "sparsity_of"]


def prunable_kernels(model: Any) -> list[Any]:
    """The weights of a model that are pruned by default, each once, in layer order.

    Those of the reference: kernels of dense and convolution layers and their transposed forms, the
    pointwise kernel of separable ones, embeddings, the kernel and recurrent kernel of recurrent
    cells, and the projections of multi-head attention; and what the reference refuses: EinsumDense,
    ConvLSTM, layers inside Bidirectional and TimeDistributed, subclasses of all of these, nested
    and subclassed models. Biases never, nor depthwise kernels or the scales of normalisations.

    A layer with a method `get_prunable_weights`, as the reference asks for it in layers of one's
    own, declares which of its weights are meant, and of those of layers inside it.

    Args:
        model: A built Keras model.

    Returns:
        The weights as `keras.Variable`, frozen ones among them; none where the model has no such
        layer, or kernels that are no longer floats.

    Raises:
        UsageError: where the model is not built, so that nobody knows its kernels yet, or a layer's
            `get_prunable_weights` gives anything but its weights.
    """
    return [one.variable for one in pruning_statuses(model).values() if one.status is Status.PRUNED]


def sparsity_of(model: Any) -> float | None:
    """The fraction of a model's prunable weights that are exactly zero; None without any.

    Counted in what computes: under LoRA in the sum of a kernel and what is added to it.
    """
    kernels = [
        np.asarray(kernel_that_computes(one.layer, one.variable))
        for one in pruning_statuses(model).values()
        if one.status is Status.PRUNED
    ]
    size = sum(kernel.size for kernel in kernels)
    return sum(int((kernel == 0).sum()) for kernel in kernels) / size if size else None
