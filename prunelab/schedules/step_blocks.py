"""Answers for many steps, some thousands at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["by_block"]

T = TypeVar("T", bound=np.generic)

# What an answer needs on the way then stays in a processor's cache; in fresh memory for a million
# steps at once the same takes up to twice as long.
_BLOCK = 16_384


def by_block(
    steps: npt.NDArray[Any], answer: Callable[[npt.NDArray[Any]], npt.NDArray[T]], kind: type[T]
) -> npt.NDArray[T]:
    """Asks for the answers to an array of any shape, block by block.

    Args:
        steps: The steps.
        answer: Answers a one-dimensional array of steps by an array of its shape.
        kind: The type of the answers.

    Returns:
        The answers, in the shape of `steps`.
    """
    flat = steps.reshape(-1)
    found = np.empty(flat.size, kind)
    for start in range(0, flat.size, _BLOCK):
        found[start : start + _BLOCK] = answer(flat[start : start + _BLOCK])
    return found.reshape(steps.shape)
