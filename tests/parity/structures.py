"""Masks of blocks and of m:n as tfmot 0.8.1 makes them. Run as `python structures.py FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import cases
import numpy as np

# Sides that are whole multiples of the blocks, and sides that are not.
SHAPES = [(16, 24), (37, 23), (64, 10), (5, 50)]
BLOCKS = [(1, 4), (4, 1), (2, 2), (3, 5), (4, 8)]
POOLS = ["AVG", "MAX"]
SPARSITIES = [0.0, 0.3, 0.75, 0.95]
M_BY_N = [(1, 2), (2, 4), (3, 8), (5, 6)]
M_BY_N_SHAPES = [(16, 24), (37, 23), (3, 3, 8, 5), (2, 3, 7, 4)]


def weights(shape: tuple[int, ...]) -> np.ndarray:
    values = np.random.default_rng(len(shape) * 1000 + shape[-1]).normal(size=shape)
    # Rounded, so that there are ties and zeros among them.
    return np.round(values, 1).astype(np.float32)


def _reference(folder: Path) -> None:
    import tensorflow as tf
    from tensorflow_model_optimization.python.core.sparsity.keras import pruning_impl

    found = {}

    def pruning(sparsity: float, block: tuple[int, int], pool: str) -> pruning_impl.Pruning:
        def schedule(step: int) -> tuple[bool, tf.Tensor]:
            return True, tf.constant(sparsity, tf.float32)

        return pruning_impl.Pruning(lambda: 1, [], schedule, block, pool)

    for shape in SHAPES:
        for block in BLOCKS:
            if min(-(-side // by) for side, by in zip(shape, block, strict=True)) == 1:
                continue  # It squeezes a single row of blocks away, and fails.
            for pool in POOLS:
                for sparsity in SPARSITIES:
                    threshold, mask = pruning(sparsity, block, pool)._maybe_update_block_mask(
                        tf.constant(weights(shape))
                    )
                    name = f"block {shape} {block} {pool} {sparsity}"
                    found[name], found[f"threshold of {name}"] = mask.numpy(), threshold.numpy()
            cases.progress(f"blocks {block} of {shape}")
    plain = pruning(0.5, (1, 1), "AVG")
    for shape in M_BY_N_SHAPES:
        for m_by_n in M_BY_N:
            mask = plain._update_mask_sparsity_m_by_n(tf.constant(weights(shape)), m_by_n)
            found[f"m:n {shape} {m_by_n}"] = mask.numpy()
    np.savez(folder / "structures.npz", **found)


if __name__ == "__main__":
    _reference(Path(sys.argv[1]))
