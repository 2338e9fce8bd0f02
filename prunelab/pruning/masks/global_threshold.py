"""One threshold over all weights of a model. NumPy only, no Keras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.pruning.masks.magnitude_bits import ranked_bits
from prunelab.pruning.masks.mask import Mask
from prunelab.pruning.masks.topk import Selector, keep_count

__all__ = ["global_masks"]


def global_masks(
    weights: Sequence[npt.NDArray[Any]], density: np.float32, selector: Selector
) -> tuple[list[Mask], float]:
    """Chooses the weights of largest magnitude of all arrays together.

    Args:
        weights: Arrays of finite floats of any shape, at least one of them.
        density: Share of all their weights to keep.
        selector: What selects.

    Returns:
        A mask for each array and the threshold they share. All ties with it are kept. An array
        that would lose everything keeps the weight of its largest magnitude (the first of them):
        nothing passes through a layer without any.

    Raises:
        PrunelabError: where a weight is NaN or infinite.
    """
    together = np.concatenate([np.asarray(array, np.float32).reshape(-1) for array in weights])
    whole, threshold = selector.select(together, keep_count(together.size, density))
    ends = np.cumsum([array.size for array in weights])[:-1]
    masks = []
    for array, flat in zip(weights, np.split(whole, ends), strict=True):
        mask = flat.copy()
        if not mask.any():
            mask[np.argmax(ranked_bits(array))] = True
        masks.append(mask.reshape(array.shape))
    return masks, threshold
