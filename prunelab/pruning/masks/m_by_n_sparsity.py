"""m zeros in every n weights that an accelerator reads one after the other. NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.pruning.masks.magnitude_bits import ranked_bits
from prunelab.pruning.masks.mask import Mask

__all__ = ["m_by_n_mask", "zeros_in_block"]


def zeros_in_block(density: np.float32, m: int, n: int) -> int:
    """How many of n weights are dropped at a density: the nearest number, at most m.

    The reference sets all m at step 1 whatever its schedule says; here they follow the schedule.
    """
    return min(m, round(n * (1.0 - float(density))))


def m_by_n_mask(weights: npt.NDArray[Any], zeros: int, n: int) -> Mask:
    """Drops the `zeros` smallest of every n neighbours along the input channels.

    Args:
        weights: Kernel of shape (in, out) or (height, width, in, out), finite.
        zeros: How many of n are dropped, from 0 to n - 1.
        n: Size of a block. The last block of a row may be shorter: what it lacks counts as zeros.

    Returns:
        The mask (bool, of the shape of `weights`; True is kept). Of equal magnitudes the first are
        kept, so that every block has exactly so many.

    Raises:
        PrunelabError: where a weight is NaN or infinite.

    Source: `weights_rearrange` and `generate_m_by_n_mask` in tensorflow_model_optimization 0.8.1.
    """
    order = (weights.ndim - 1, *range(weights.ndim - 1))
    moved = ranked_bits(weights).transpose(order)
    rows = moved.reshape(-1, moved.shape[-1])
    # Padding is -1, below every magnitude: it never takes the place of a weight.
    padded = np.pad(rows, ((0, 0), (0, -rows.shape[1] % n)), constant_values=-1)
    blocks = padded.reshape(-1, n)
    kept = np.zeros(blocks.shape, np.bool_)
    largest = np.argsort(-blocks, axis=1, kind="stable")[:, : n - zeros]
    np.put_along_axis(kept, largest, True, axis=1)
    mask = kept.reshape(padded.shape)[:, : rows.shape[1]].reshape(moved.shape)
    return np.ascontiguousarray(mask.transpose(np.argsort(order)))
