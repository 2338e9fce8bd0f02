"""Random scores of weights: what `criterion="random"` ranks by. NumPy only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["random_scores"]


def random_scores(shape: Sequence[int], seed: int, number: int) -> npt.NDArray[np.float32]:
    """Different finite non-negative values in a random order, to rank in place of weights.

    The order is the same at every call, so that weights that were dropped stay dropped as sparsity
    rises, and a resumed training goes on with it. It is made anew each time rather than kept,
    which would cost 4 bytes a weight.

    Args:
        shape: Of the weight.
        seed: The experiment's seed.
        number: Number of the weight in its model, so that weights of one shape differ.

    Returns:
        Float32 of that shape, without ties: the bits of whole numbers, not the numbers, so that
        more than 2^24 weights have values of their own too. Only their order means anything.
    """
    size = int(np.prod(shape))
    ranks = np.random.default_rng((seed, number)).permutation(np.arange(size, dtype=np.int32))
    return ranks.view(np.float32).reshape(shape)
