"""How much each layer keeps by Erdos-Renyi-Kernel. NumPy only, no Keras."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["erk_densities"]


def erk_densities(shapes: Sequence[Sequence[int]], density: float) -> npt.NDArray[np.float32]:
    """Shares of weights to keep, layer by layer, that come to one share of all weights.

    A layer's share is in proportion to `sum(shape) / prod(shape)`: large layers become sparser
    than small ones. Where that gives more than the whole of a layer, the layer stays dense and the
    others share out what is left.

    Args:
        shapes: Shape of every weight, each of at least one element.
        density: Share of all weights to keep, in (0, 1].

    Returns:
        Float32 in (0, 1], one a weight. Each layer keeps a whole number of weights, so the total
        is as asked to half a weight a layer.

    Source: Evci et al. 2020, "Rigging the Lottery", https://arxiv.org/abs/1911.11134, section 3.1.
    """
    sizes = np.array([np.prod(shape) for shape in shapes], np.float64)
    raw = np.array([sum(shape) for shape in shapes], np.float64) / sizes
    dense = np.zeros(len(sizes), np.bool_)
    densities = np.ones(len(sizes))
    while not dense.all():
        left = density * sizes.sum() - sizes[dense].sum()
        densities = np.where(dense, 1.0, raw * (left / (raw * sizes)[~dense].sum()))
        over = densities > 1.0
        if not over.any():
            break
        # All at once: a layer that is kept whole leaves the others more, so none of them gets less.
        dense |= over
    else:
        densities = np.ones(len(sizes))
    return densities.astype(np.float32)
