"""What a Keras layer or model holds under names that Keras keeps to itself."""

from __future__ import annotations

from typing import Any

__all__ = ["all_layers", "layers_inside", "own_variables", "stored_variable"]


def all_layers(model: Any) -> list[Any]:
    """A model or layer, and every layer and model inside it at any depth, each once."""
    return list(model._flatten_layers(include_self=True))


def layers_inside(model: Any) -> list[Any]:
    """Every layer and model inside a model or layer at any depth, each once."""
    return list(model._flatten_layers(include_self=False))


def own_variables(layer: Any) -> tuple[list[Any], list[Any]]:
    """A layer's own variables, those of layers inside it left out.

    Returns:
        Those it made to be trained, frozen since then or not, and those it did not.
    """
    return list(layer._trainable_variables), list(layer._non_trainable_variables)


def stored_variable(layer: Any, name: str) -> Any:
    """What a layer stores for one of its public attributes.

    `kernel` of a Dense and `embeddings` of an Embedding may be computed: the sum with what LoRA
    adds, or what quantized values stand for. Keras stores the variable as `_kernel`.

    Args:
        layer: A Keras layer.
        name: The public attribute.

    Returns:
        What is stored; the public attribute itself where nothing is stored apart from it; None
        where the layer has neither.
    """
    stored = f"_{name}"
    return getattr(layer, stored) if hasattr(layer, stored) else getattr(layer, name, None)
