"""Samples in the shape that a model takes, where there is but one way to read them."""

from __future__ import annotations

import math

from prunelab.errors import UsageError
from prunelab.model_file.graph import Shape

__all__ = ["adapted_shape"]


def adapted_shape(name: str, takes: Shape, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape in which a model is given samples; their numbers keep their order.

    Args:
        name: What the error calls the model.
        takes: Shape of one sample that the model takes, None where any size goes.
        shape: Shape of one sample of the data.

    Returns:
        `shape` itself; or with an axis of one channel put in or left out; or an image of one
        channel as a row of its numbers, or such a row as the image.

    Raises:
        UsageError: where the model takes none of these.
    """
    for one in _readings(takes, shape):
        if _matches(takes, one):
            return one
    told = f"{name} takes samples of shape {shown(takes)}, the data has {shape}: "
    channels_first = (shape[-1:] + shape[:-1], shape[1:] + shape[:1])
    for moved, move in zip(channels_first, ("x, -1, 1", "x, 1, -1"), strict=True):
        if len(shape) == 3 and _matches(takes, moved):
            raise UsageError(f"{told}move its channels, np.moveaxis({move})")
    raise UsageError(f"{told}use data of that shape")


def shown(shape: Shape) -> str:
    """A shape as one writes it, with `any` where any size goes."""
    each = ", ".join("any" if one is None else str(one) for one in shape)
    return f"({each},)" if len(shape) == 1 else f"({each})"


def _readings(takes: Shape, shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The same numbers in the same order, the likeliest first."""
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
    if len(plane) <= 2 and takes == row:
        found.append(row)
    sides = [one for one in takes if one != 1]
    image = tuple(one for one in takes if one is not None)
    if len(sides) == 2 and len(image) == len(takes) and shape == (math.prod(image),):
        found.append(image)
    return found


def _matches(takes: Shape, shape: tuple[int, ...]) -> bool:
    return len(takes) == len(shape) and all(
        one in (None, other) for one, other in zip(takes, shape, strict=True)
    )
