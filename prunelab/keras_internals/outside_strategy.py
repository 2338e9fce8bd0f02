"""Variables of which not every replica of a strategy gets a copy."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import tensorflow as tf

__all__ = ["outside_strategy"]


def outside_strategy(make: Callable[[], Any]) -> Any:
    """Makes something outside any strategy's scope, within which every replica gets a copy.

    Args:
        make: Makes it; called once.
    """
    if not tf.distribute.has_strategy():
        return make()
    # A scope holds in the thread that entered it, and a new thread has entered none.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(make).result()
