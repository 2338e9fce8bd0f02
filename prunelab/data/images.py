"""Recognising images by the shape of a sample."""

from __future__ import annotations

__all__ = ["channels_first"]

_CHANNELS = (1, 3, 4)
# Smaller images cannot be distinguished from other arrays.
_LEAST_SIDE = 8


def channels_first(shape: tuple[int, ...]) -> bool:
    """Whether samples look like images whose channels come first, as PyTorch has them."""
    if len(shape) != 3:
        return False
    channels, height, width = shape
    return channels in _CHANNELS and width not in _CHANNELS and min(height, width) >= _LEAST_SIDE
