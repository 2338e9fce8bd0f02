"""Which weights of a Keras model are pruned."""

from __future__ import annotations

from typing import Any

from prunelab.errors import UsageError

__all__ = ["prunable_kernels", "sparsity_of"]


def prunable_kernels(model: Any) -> list[Any]:
    """The kernels of the model's dense and convolution layers, each once, in layer order.

    Dense, Conv1D to Conv3D and their transposed forms, in nested models too; biases never, nor
    the kernels of depthwise convolutions, which the reference does not prune either.

    Args:
        model: A built Keras model.

    Returns:
        The kernels as `keras.Variable`; none where the model has no such layer.

    Raises:
        UsageError: where the model is not built, so that nobody knows its kernels yet.
    """
    import keras

    if not model.built:
        raise UsageError(
            f"model {model.name!r} has no weights before it is built: "
            "begin it with keras.Input(shape), or call model.build(shape) before fit"
        )

    kinds = (
        keras.layers.Dense,
        keras.layers.Conv1D,
        keras.layers.Conv2D,
        keras.layers.Conv3D,
        keras.layers.Conv1DTranspose,
        keras.layers.Conv2DTranspose,
        keras.layers.Conv3DTranspose,
    )
    found: dict[int, Any] = {}
    for layer in model._flatten_layers(include_self=False):
        if isinstance(layer, kinds) and layer.built:
            found.setdefault(id(layer.kernel), layer.kernel)
    return list(found.values())


def sparsity_of(model: Any) -> float | None:
    """The fraction of a model's prunable weights that are exactly zero; None without any."""
    kernels = [kernel.numpy() for kernel in prunable_kernels(model)]
    size = sum(kernel.size for kernel in kernels)
    return sum(int((kernel == 0).sum()) for kernel in kernels) / size if size else None
