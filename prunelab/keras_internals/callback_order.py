"""What is called after all other callbacks of a `fit`, in whatever order those are listed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import keras

from prunelab.keras_internals.call_stack import stack_from

__all__ = ["call_last"]


class _Last(keras.callbacks.Callback):
    """The last callback of a list, on behalf of another one.

    Args:
        owner: That other callback.
        test_begins: Called where an evaluation within `fit` begins.
        train_ends: Called where training ends.
    """

    def __init__(
        self, owner: Any, test_begins: Callable[[], None], train_ends: Callable[[], None]
    ) -> None:
        super().__init__()
        self.owner = owner
        self._test_begins = test_begins
        self._train_ends = train_ends

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._test_begins()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._train_ends()


def call_last(
    callback: Any, test_begins: Callable[[], None], train_ends: Callable[[], None]
) -> bool:
    """Has functions called after all callbacks of the list that a callback is in.

    Keras calls callbacks in the order of their list, and none of them knows the list: one that
    averages weights as training ends may come after the one that prunes.

    Args:
        callback: The callback, in its `set_model`.
        test_begins: To be called where an evaluation within `fit` begins.
        train_ends: To be called where training ends.

    Returns:
        Whether they will be: False where it is in no list, as in a loop of the user's own.
    """
    callback_list = _list_around(sys._getframe())
    if callback_list is None:
        return False
    if not any(isinstance(one, _Last) and one.owner is callback for one in callback_list.callbacks):
        callback_list.callbacks.append(_Last(callback, test_begins, train_ends))
    return True


def _list_around(frame: FrameType) -> Any:
    """The outermost list of callbacks that is being given its model; None without any."""
    found = None
    for caller in stack_from(frame):
        if caller.f_code.co_name == "set_model":
            owner = caller.f_locals.get("self")
            if isinstance(owner, keras.callbacks.CallbackList):
                found = owner
        elif caller.f_code.co_name == "fit":
            break
    return found
