"""Pruning on native Keras 3. TensorFlow is imported with the callback, not before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prunelab.pruning.lora import merge_lora
from prunelab.pruning.prunable import prunable_kernels, sparsity_of
from prunelab.pruning.selection import keep_count, select
from prunelab.pruning.sizes import save_for_inference, sizes
from prunelab.pruning.table import table

if TYPE_CHECKING:
    from prunelab.pruning.callback import PruneLowMagnitude, pruning_of
    from prunelab.pruning.summaries import PruningSummaries

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
        from prunelab.pruning.summaries import PruningSummaries

        return PruningSummaries
    raise AttributeError(f"module 'prunelab.pruning' has no attribute {name!r}")
