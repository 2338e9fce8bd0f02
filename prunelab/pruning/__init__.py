"""Pruning on native Keras 3. Importing this imports TensorFlow."""

from prunelab.pruning.callback import PrunedWeight, PruneLowMagnitude, pruning_of
from prunelab.pruning.prunable import prunable_kernels
from prunelab.pruning.selection import keep_count, select
from prunelab.pruning.sizes import save_for_inference, sizes

__all__ = [
    "PruneLowMagnitude",
    "PrunedWeight",
    "keep_count",
    "prunable_kernels",
    "pruning_of",
    "save_for_inference",
    "select",
    "sizes",
]
