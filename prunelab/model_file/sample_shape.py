"""Samples in the shape that a model takes, where only one reading is possible."""

from __future__ import annotations

import math

from prunelab.errors import UsageError
from prunelab.model_file.graph import Shape

__all__ = ["adapted_shape"]


def adapted_shape(name: str, expected: Shape, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape in which a model is given samples; their numbers keep their order.

    Args:
        name: Name of the model, for the error.
        expected: Shape of one sample that the model takes; None for any size.
        shape: Shape of one sample of the data.

    Returns:
        `shape` itself; or with an axis of one channel put in or left out; or an image of one
        channel as a row of its numbers, or such a row as the image.

    Raises:
        UsageError: where the model takes none of these.
    """
    for one in _equivalent_shapes(expected, shape):
        if _matches(expected, one):
            return one
    message = f"{name} takes samples of shape {shape_text(expected)}, the data has {shape}: "
    channels_first = (shape[-1:] + shape[:-1], shape[1:] + shape[:1])
    for moved, move in zip(channels_first, ("x, -1, 1", "x, 1, -1"), strict=True):
        if len(shape) == 3 and _matches(expected, moved):
            raise UsageError(f"{message}move its channels, np.moveaxis({move})")
    raise UsageError(f"{message}use data of that shape")


def shape_text(shape: Shape) -> str:
    """A shape as text, with `any` for any size."""
    each = ", ".join("any" if one is None else str(one) for one in shape)
    return f"({each},)" if len(shape) == 1 else f"({each})"


def _equivalent_shapes(expected: Shape, shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Shapes of the same numbers in the same order, the likeliest first."""
    found = [shape, (*shape, 1)]
    if shape[-1] == 1 and len(shape) > 1:
        found.append(shape[:-1])
    if len(shape) == 2:
        found.append((1, *shape))
    if len(shape) == 3 and shape[0] == 1:
        found += [shape[1:], (*shape[1:], 1)]
    if len(shape) == 3 and shape[-1] == 1:
        found.append((1, *shape[:-1]))
    # Rows of an image of one channel, one after the other: with more channels there are two ways.
    plane = [one for one in shape if one != 1]
    row = (math.prod(shape),)
    if len(plane) <= 2 and expected == row:
        found.append(row)
    sides = [one for one in expected if one != 1]
    image = tuple(one for one in expected if one is not None)
    if len(sides) == 2 and len(image) == len(expected) and shape == (math.prod(image),):
        found.append(image)
    return found


def _matches(expected: Shape, shape: tuple[int, ...]) -> bool:
    return len(expected) == len(shape) and all(
        one in (None, other) for one, other in zip(expected, shape, strict=True)
    )
