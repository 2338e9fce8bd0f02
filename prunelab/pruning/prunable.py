"""Which weights of a Keras model are pruned."""

from __future__ import annotations

from typing import Any

from prunelab.errors import UsageError

__all__ = ["kernels_of", "prunable_kernels", "sparsity_of"]


def prunable_kernels(model: Any) -> list[Any]:
    """The weights of a model that are pruned by default, each once, in layer order.

    Those of the reference: kernels of dense and convolution layers and their transposed forms, the
    pointwise kernel of separable ones, embeddings, the kernel and recurrent kernel of recurrent
    cells, and the projections of multi-head attention; and what the reference refuses: EinsumDense,
    layers inside Bidirectional and TimeDistributed, subclasses of all of these, nested and
    subclassed models. Biases never, nor depthwise kernels or the scales of normalisations.

    Args:
        model: A built Keras model.

    Returns:
        The weights as `keras.Variable`; none where the model has no such layer.

    Raises:
        UsageError: where the model is not built, so that nobody knows its kernels yet.
    """
    if not model.built:
        raise UsageError(
            f"model {model.name!r} has no weights before it is built: "
            "call model(x[:1]) before fit, or begin the model with keras.Input(shape)"
        )
    found: dict[int, Any] = {}
    for layer in model._flatten_layers(include_self=True):
        for weight in kernels_of(layer):
            found.setdefault(id(weight), weight)
    return list(found.values())


def kernels_of(layer: Any) -> list[Any]:
    """The weights of one layer that are pruned by default, those of layers inside it left out.

    Args:
        layer: A Keras layer.

    Returns:
        Its float variables that hold kernels: none where it is not built, or of another kind.
    """
    import keras

    layers = keras.layers
    # Keras keeps a kernel under a name of its own where the public one is a computed value, such
    # as the sum with what LoRA adds.
    kinds: tuple[tuple[tuple[type[Any], ...], tuple[str, ...]], ...] = (
        ((layers.Dense, layers.EinsumDense), ("_kernel",)),
        (
            (
                layers.Conv1D,
                layers.Conv2D,
                layers.Conv3D,
                layers.Conv1DTranspose,
                layers.Conv2DTranspose,
                layers.Conv3DTranspose,
            ),
            ("_kernel",),
        ),
        ((layers.SeparableConv1D, layers.SeparableConv2D), ("pointwise_kernel",)),
        ((layers.Embedding,), ("_embeddings",)),
        (
            (layers.LSTMCell, layers.GRUCell, layers.SimpleRNNCell),
            ("kernel", "recurrent_kernel"),
        ),
    )
    names = next((names for classes, names in kinds if isinstance(layer, classes)), ())
    held = (getattr(layer, name, getattr(layer, name.lstrip("_"), None)) for name in names)
    return [
        weight
        for weight in held
        if isinstance(weight, keras.Variable) and keras.backend.is_float_dtype(weight.dtype)
    ]


def sparsity_of(model: Any) -> float | None:
    """The fraction of a model's prunable weights that are exactly zero; None without any."""
    kernels = [kernel.numpy() for kernel in prunable_kernels(model)]
    size = sum(kernel.size for kernel in kernels)
    return sum(int((kernel == 0).sum()) for kernel in kernels) / size if size else None
