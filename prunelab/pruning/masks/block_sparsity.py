"""Whole blocks of a matrix are kept or dropped together. NumPy only, no Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.pruning.masks.mask import Mask

__all__ = ["expand", "pool"]

Floats = npt.NDArray[np.float32]


def pool(weights: npt.NDArray[Any], block: tuple[int, int], kind: str) -> Floats:
    """One magnitude for each block of a matrix.

    Args:
        weights: Matrix (rows, columns) of floats.
        block: Rows and columns of a block.
        kind: "AVG" or "MAX".

    Returns:
        Float32 of shape (ceil(rows / block rows), ceil(columns / block columns)), to the bit what
        the reference computes: rows are pooled before columns, and where a side is no multiple of
        the block's, the windows begin half of what is missing before the matrix ("SAME" padding),
        which an average does not count.

    Source: `factorized_pool` in tensorflow_model_optimization 0.8.1.
    """
    magnitude = np.abs(np.asarray(weights, np.float32))
    rows = _pool_rows(magnitude, block[0], kind)
    return _pool_rows(rows.T, block[1], kind).T


def expand(kept: Mask, block: tuple[int, int], shape: tuple[int, ...]) -> Mask:
    """The mask of a matrix from the one of its blocks, cropped to `shape`.

    The first block begins at the first row and column, as in the reference, even where the pooling
    windows began earlier.

    Source: `expand_tensor` in tensorflow_model_optimization 0.8.1.
    """
    whole = kept.repeat(block[0], axis=0).repeat(block[1], axis=1)
    return np.ascontiguousarray(whole[: shape[0], : shape[1]])


def _pool_rows(matrix: Floats, size: int, kind: str) -> Floats:
    missing = -matrix.shape[0] % size
    before = missing // 2
    padded = np.pad(matrix, ((before, missing - before), (0, 0)))
    combine: Callable[..., Any] = np.maximum if kind == "MAX" else np.add
    # One row of every block after the other, in order: float32 sums depend on it.
    pooled = padded[::size].copy()
    for row in range(1, size):
        combine(pooled, padded[row::size], out=pooled)
    if kind == "AVG":
        inside = np.pad(np.ones(matrix.shape[0], np.float32), (before, missing - before))
        pooled /= inside.reshape(-1, size).sum(axis=1, keepdims=True)
    return pooled
