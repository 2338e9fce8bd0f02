"""LoRA: kernels that compute with a dense product added to them."""

from __future__ import annotations

from typing import Any

from prunelab.errors import UsageError
from prunelab.keras_internals.layer_parts import all_layers, stored_variable

__all__ = ["has_lora", "kernel_that_computes", "merge_lora"]

# What a layer computes with, and the parts of the product that LoRA adds to what is stored.
_NAMES = (
    ("kernel", ("lora_kernel_a", "lora_kernel_b")),
    ("embeddings", ("lora_embeddings_a", "lora_embeddings_b")),
)


def has_lora(layer: Any) -> bool:
    """Whether `enable_lora` was called on a layer."""
    return bool(getattr(layer, "lora_enabled", False))


def kernel_that_computes(layer: Any, kernel: Any) -> Any:
    """What a layer computes with instead of one of its kernels.

    Args:
        layer: The layer.
        kernel: The `keras.Variable`.

    Returns:
        The sum with what LoRA adds to that kernel; without LoRA the kernel.
    """
    if has_lora(layer):
        for name, _ in _NAMES:
            if stored_variable(layer, name) is kernel:
                return getattr(layer, name)
    return kernel


def merge_lora(model: Any) -> int:
    """Adds what LoRA has learned to the kernels of a model, and takes LoRA out of it.

    The model computes what it did, with plain kernels that can be trained and pruned. It has other
    weights to train then, so compile it again before `fit`.

    Args:
        model: A built Keras model.

    Returns:
        The number of layers that had LoRA.

    Raises:
        UsageError: where a layer is quantized besides; no layer has changed then.
    """
    layers = [layer for layer in all_layers(model) if has_lora(layer)]
    for layer in layers:
        if layer.quantization_mode is not None:
            raise UsageError(
                f"layer {layer.name!r} is quantized ({layer.quantization_mode}): merge_lora adds "
                "to kernels of floats only, so call it before model.quantize"
            )
    for layer in all_layers(model) if layers else ():
        # What was compiled before computes with LoRA.
        for function in ("train_function", "test_function", "predict_function"):
            if hasattr(layer, function):
                setattr(layer, function, None)
    for layer in layers:
        for name, parts in _NAMES:
            if hasattr(layer, parts[0]):
                kernel = stored_variable(layer, name)
                kernel.assign(getattr(layer, name))
                kernel.trainable = True
                for part in parts:
                    # Keras stops tracking a variable whose attribute is deleted.
                    delattr(layer, part)
        layer.lora_enabled = False
        layer.lora_rank = layer.lora_alpha = None
    return len(layers)
