"""Methods of one model replaced for a while, past Keras's own attribute tracking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["MethodPatch"]


class MethodPatch:
    """Replaces methods on a model's instance, and gives back what was there.

    Args:
        model: Any object.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._own: dict[str, Any] = {}

    def put(self, name: str, work: Callable[..., Any]) -> None:
        """From now on `model.name(...)` is `work(method, ...)`; a name is put once."""
        own = vars(self._model).get(name)
        method = getattr(self._model, name)
        self._own[name] = own

        def replaced(*args: Any, **kwargs: Any) -> Any:
            return work(method, *args, **kwargs)

        object.__setattr__(self._model, name, replaced)

    def take_back(self, *names: str) -> None:
        """The model has its own methods again: those named, or all."""
        for name in names or tuple(self._own):
            if name in self._own:
                own = self._own.pop(name)
                vars(self._model).pop(name, None)
                if own is not None:
                    object.__setattr__(self._model, name, own)
