"""`MidStep`: masks weights again that an optimizer has changed in the midst of a training step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from prunelab.keras_internals.layer_parts import all_layers
from prunelab.keras_internals.method_patch import MethodPatch
from prunelab.pruning.pruned_weights import PrunedWeight

__all__ = ["MidStep"]


class MidStep:
    """Notes that a step has updated weights already, where a later call in it uses them.

    A step masks all weights as it begins. That of a GAN, say, then updates one part and calls it
    again for the update of another: the masks hold in that call, too. The common step, whose
    update comes last, gets no work more.

    Args:
        model: The model, whose optimizers and those of models inside it are watched.

    Attributes:
        is_open: Whether a training step is under way or being traced.
    """

    def __init__(self, model: Any) -> None:
        self.is_open = self._has_updated = False
        self._optimizers = [MethodPatch(optimizer) for optimizer in _optimizers(model)]
        for patch in self._optimizers:
            patch.replace("apply", self._apply)

    def close(self) -> None:
        """Leaves the optimizers with their own methods."""
        for patch in self._optimizers:
            patch.restore()

    @contextmanager
    def step(self) -> Iterator[None]:
        """A training step, which has just masked all weights."""
        self.is_open, self._has_updated = True, False
        try:
            yield
        finally:
            self.is_open = False

    def mask(self, held: Iterable[PrunedWeight]) -> None:
        """Masks weights that are about to be used in a step, where they may have changed in it."""
        if self._has_updated:
            for weight in held:
                weight.variable.apply_mask_in_step()

    def _apply(self, own: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._has_updated = True
        return own(*args, **kwargs)


def _optimizers(model: Any) -> list[Any]:
    """The optimizers that a model or a model inside it holds, each once."""
    import keras

    found: dict[int, Any] = {}
    for layer in all_layers(model):
        if isinstance(layer, keras.Model):
            for value in vars(layer).values():
                for one in value if isinstance(value, list | tuple) else (value,):
                    if isinstance(one, keras.optimizers.Optimizer):
                        found[id(one)] = one
    return list(found.values())
