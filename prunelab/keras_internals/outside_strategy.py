"""`outside_strategy`: variables that are not a replica's each."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import tensorflow as tf

__all__ = ["outside_strategy"]


def outside_strategy(make: Callable[[], Any]) -> Any:
    """Makes something outside any strategy's scope, in which every replica would get a copy.

    Args:
        make: Makes it; called once.
    """
    if not tf.distribute.has_strategy():
        return make()
    # A scope is that of the thread which entered it.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(make).result()
