"""Which Keras was read: whether what prunelab does in Keras's place is what this Keras does."""

from __future__ import annotations

import hashlib
import inspect
import logging
from functools import cache

import keras

__all__ = ["train_function_was_read"]

# Of the source of what makes a training function, and the releases that have it so.
_READ = {
    "55eb952812cac1fb": "3.10 and 3.11",
    "77baebd48f6bfd02": "3.12 to 3.15",
}

_LOG = logging.getLogger("prunelab")


@cache
def train_function_was_read() -> bool:
    """Whether `direct_train_function` was written by the source that this Keras has.

    Asked once a process; where it was not, the log says so in a line.
    """
    known = _fingerprint() in _READ
    if not known:
        _LOG.warning(
            "Keras %s makes its training function otherwise than Keras %s, which this prunelab "
            "knows: Keras's own is called, which computes the same and is slower by up to a fifth "
            "of a small model's step. Look for a newer prunelab.",
            keras.__version__,
            " and ".join(_READ.values()),
        )
    return known


def _fingerprint() -> str:
    """Of the source; "" where this Keras has no such method, or comes without its source."""
    # The second came with 3.12.
    names = ("_make_function", "_autoconvert_optionals")
    methods = [getattr(keras.Model, name) for name in names if hasattr(keras.Model, name)]
    try:
        source = "".join(inspect.getsource(method) for method in methods)
    except (OSError, TypeError):
        # No file of it is there, or it was compiled.
        return ""
    return hashlib.sha256(source.encode()).hexdigest()[:16]
