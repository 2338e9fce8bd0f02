"""Figures as plain JSON plus binary buffers: how a chart's numbers travel to the browser.

A numeric array becomes a placeholder ``{"$buffer": i, "type": "float32", "shape": [n]}`` in the
tree, and its bytes become buffer ``i``. Everything else becomes what JSON can hold.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["compact", "pack"]

_LARGEST_EXACT_FLOAT32 = 2.0**24
"""Above this float32 no longer distinguishes neighbouring whole numbers."""


def pack(tree: Any, buffers: list[bytes]) -> Any:
    """Replaces every numeric array in a tree by a placeholder, and makes the rest JSON.

    Args:
        tree: Dicts, lists, tuples, arrays and scalars, nested in any way. It is not changed.
        buffers: Where the arrays' bytes are appended, in the order of the placeholders.

    Returns:
        A tree of the same shape that JSON can hold. NaN and infinities outside arrays become None.
    """
    match tree:
        case dict():
            return {key: pack(value, buffers) for key, value in tree.items()}
        case list() | tuple():
            return [pack(value, buffers) for value in tree]
        case np.ndarray():
            return _pack_array(tree, buffers)
        case np.generic():
            return pack(tree.item(), buffers)
        case float() if not math.isfinite(tree):
            return None
        case date():
            return tree.isoformat()
    return tree


def compact(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Copies an array in the smallest type that draws the same picture.

    Args:
        array: Of any shape and type.

    Returns:
        A contiguous copy: float32 for floats (float64 from 2**24 on, where float32 would merge
        neighbouring steps or seconds), int32 for integers that fit it, else float64. Arrays of
        anything but numbers keep their type.
    """
    if array.dtype.kind in "iu":
        limits = np.iinfo(np.int32)
        fits = array.size == 0 or (array.min() >= limits.min and array.max() <= limits.max)
        return np.array(array, dtype=np.int32 if fits else np.float64, order="C")
    if array.dtype.kind == "f":
        finite = np.abs(array[np.isfinite(array)])
        small = finite.size == 0 or finite.max() < _LARGEST_EXACT_FLOAT32
        return np.array(array, dtype=np.float32 if small else np.float64, order="C")
    return np.array(array, order="C")


def _pack_array(array: npt.NDArray[Any], buffers: list[bytes]) -> Any:
    if array.dtype.kind == "M":
        return np.datetime_as_string(array).tolist()
    if array.dtype.kind not in "iuf":
        return pack(array.tolist(), buffers)
    numbers = compact(array)
    buffers.append(numbers.tobytes())
    return {"$buffer": len(buffers) - 1, "type": numbers.dtype.name, "shape": list(array.shape)}
