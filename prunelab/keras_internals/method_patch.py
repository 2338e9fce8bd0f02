"""Methods of one object replaced for a while, without Keras tracking what stands there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["MethodPatch"]


class MethodPatch:
    """Replaces methods on an instance, and restores what was there.

    Assigned as `model.call = ...`, a function would become part of the model for Keras; so it is
    set past `Layer.__setattr__`.

    Args:
        model: A model, layer, optimizer or any other object.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        # What the instance had under the name before: mostly None, and the method its class's.
        self._before: dict[str, Any] = {}

    def replace(self, name: str, work: Callable[..., Any]) -> None:
        """From now on `model.name(...)` is `work(method, ...)`; once for each name."""
        method = getattr(self._model, name)
        self._before[name] = vars(self._model).get(name)

        def replaced(*args: Any, **kwargs: Any) -> Any:
            return work(method, *args, **kwargs)

        object.__setattr__(self._model, name, replaced)

    def restore(self, *names: str) -> None:
        """The object has its own methods again: those named, or all."""
        for name in names or tuple(self._before):
            if name in self._before:
                before = self._before.pop(name)
                vars(self._model).pop(name, None)
                if before is not None:
                    object.__setattr__(self._model, name, before)
