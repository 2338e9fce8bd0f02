"""Which weights of each kind of Keras layer are kernels, and which stay dense on purpose."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from prunelab.keras_internals.layer_parts import stored_variable

__all__ = ["dense_matrices_of", "kernels_of"]


class _Kind(NamedTuple):
    """Layers of some classes, and what they hold under which attributes.

    Attributes:
        classes: Names in `keras.layers`; one that this Keras does not have is left out.
        kernels: What is pruned by default.
        dense: Matrices that are not, and `why`.
        inside: The attribute of what holds all of these, where it is not the layer itself.
    """

    classes: tuple[str, ...]
    kernels: tuple[str, ...] = ()
    dense: tuple[str, ...] = ()
    why: str = ""
    inside: str = ""


_DEPTHWISE = "depthwise kernels stay dense, as in the reference"

# By their public names. The first kind that fits a layer is its own.
_KINDS = (
    _Kind(("Dense", "EinsumDense"), ("kernel",)),
    _Kind(("Conv1D", "Conv2D", "Conv3D"), ("kernel",)),
    _Kind(("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"), ("kernel",)),
    _Kind(
        ("SeparableConv1D", "SeparableConv2D"),
        ("pointwise_kernel",),
        ("depthwise_kernel",),
        _DEPTHWISE,
    ),
    _Kind(("ReversibleEmbedding",), ("embeddings", "reverse_embeddings")),
    _Kind(("Embedding",), ("embeddings",)),
    _Kind(("LSTMCell", "GRUCell", "SimpleRNNCell"), ("kernel", "recurrent_kernel")),
    _Kind(
        ("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), ("kernel", "recurrent_kernel"), inside="cell"
    ),
    _Kind(("DepthwiseConv1D", "DepthwiseConv2D"), (), ("kernel",), _DEPTHWISE),
    _Kind(("PReLU",), (), ("alpha",), "slopes of an activation"),
    _Kind(
        (
            "BatchNormalization",
            "LayerNormalization",
            "GroupNormalization",
            "RMSNormalization",
            "UnitNormalization",
        ),
        (),
        ("gamma", "beta", "scale"),
        "scales of a normalisation",
    ),
    _Kind(("STFTSpectrogram",), (), ("real_kernel", "imag_kernel"), "filters of a spectrogram"),
)


def kernels_of(layer: Any) -> list[Any]:
    """The variables of one layer that its kind of layer has as kernels, whatever they hold.

    Args:
        layer: A Keras layer.

    Returns:
        `keras.Variable`s in a fixed order, those of layers inside it left out (but the cell's of a
        ConvLSTM); none where it is not built, or of another kind.
    """
    kind = _kind_of(layer)
    return [] if kind is None else _held(layer, kind, kind.kernels)


def dense_matrices_of(layer: Any) -> tuple[list[Any], str]:
    """The matrices of one layer that are not pruned by default, and why."""
    kind = _kind_of(layer)
    return ([], "") if kind is None else (_held(layer, kind, kind.dense), kind.why)


def _kind_of(layer: Any) -> _Kind | None:
    return next((kind for classes, kind in _kinds() if isinstance(layer, classes)), None)


@cache
def _kinds() -> list[tuple[tuple[type[Any], ...], _Kind]]:
    """The kinds with their classes, as far as this Keras has them."""
    import keras

    return [
        (
            tuple(
                getattr(keras.layers, name) for name in kind.classes if hasattr(keras.layers, name)
            ),
            kind,
        )
        for kind in _KINDS
    ]


def _held(layer: Any, kind: _Kind, names: tuple[str, ...]) -> list[Any]:
    import keras

    holder = getattr(layer, kind.inside) if kind.inside else layer
    held = (stored_variable(holder, name) for name in names)
    return [weight for weight in held if isinstance(weight, keras.Variable)]
