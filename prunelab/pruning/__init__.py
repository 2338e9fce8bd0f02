"""Pruning on native Keras 3. TensorFlow is imported with the callback, not before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prunelab.pruning.layers.lora import merge_lora
from prunelab.pruning.layers.prunable_weights import prunable_kernels, sparsity_of
from prunelab.pruning.layers.summary_table import table
from prunelab.pruning.masks.topk import keep_count, select
from prunelab.pruning.model_size import save_for_inference, sizes

if TYPE_CHECKING:
    from prunelab.pruning.callback import PruneLowMagnitude, pruning_of
    from prunelab.pruning.tensorboard import PruningSummaries

__all__ = [
    "PruneLowMagnitude",
    "PruningSummaries",
    "keep_count",
    "merge_lora",
    "prunable_kernels",
    "pruning_of",
    "save_for_inference",
    "select",
    "sizes",
    "sparsity_of",
    "table",
]


def __getattr__(name: str) -> Any:
    # Selection and sizes are of use without TensorFlow.
    if name in ("PruneLowMagnitude", "pruning_of"):
        from prunelab.pruning import callback

        return getattr(callback, name)
    if name == "PruningSummaries":
        from prunelab.pruning.tensorboard import PruningSummaries

        return PruningSummaries
    raise AttributeError(f"module 'prunelab.pruning' has no attribute {name!r}")
