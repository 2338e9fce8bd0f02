"""`OwnLoop`: masks in a training loop of the user's own, where nothing is called but the model."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from prunelab.errors import UsageError
from prunelab.keras_internals.method_patch import MethodPatch
from prunelab.pruning.backend import Backend, MaskedVariable
from prunelab.pruning.layers.weight_owners import weight_owners
from prunelab.pruning.pruned_weights import PrunedWeights

__all__ = ["OwnLoop"]


class OwnLoop:
    """Masks weights whenever the model, or a layer that holds them, is called.

    Within a `tf.function` the masks become part of its graph, which may outlive the pruning: there
    they hold while a variable says so.

    Args:
        model: The model.
        weights: What of it is pruned.
        backend: What computes it.
        over: Called where `model.fit` is: the loop is over then.
    """

    def __init__(
        self, model: Any, weights: PrunedWeights, backend: Backend, over: Callable[[], None]
    ) -> None:
        self._model = model
        self._over = over
        self._has_begun = self._is_holding = False
        self._inside = threading.local()
        self._backend = backend
        self._switch = backend.switch()
        self._calls = [
            (MethodPatch(layer), held) for layer, held in _holders(model, weights) if held
        ]
        self._fit = MethodPatch(model)

    def begin(self) -> None:
        """Training begins, perhaps again."""
        self._has_begun = False
        self._fit.restore()
        self._fit.replace("fit", self._on_fit)
        self._install()

    def begin_batch(self) -> None:
        """A batch begins.

        Raises:
            UsageError: within a `tf.function`, which would do this once and never again.
        """
        if self._backend.is_tracing():
            raise UsageError(
                "on_train_batch_begin was called within a tf.function, which calls it only while "
                "it is traced: call it before that function, at every batch"
            )
        self._has_begun = True
        self._install()

    def end_epoch(self) -> None:
        """The weights are masked; until a batch begins, the model is called as it is.

        Many a loop never says that it is over, and leaves a model that can be exported all the
        same.

        Raises:
            UsageError: where no batch has begun.
        """
        if not self._has_begun:
            raise UsageError(
                "an epoch ended in which no batch began, so that nothing was pruned: "
                "call on_train_batch_begin(batch) before each training step"
            )
        self._rest()

    def end(self) -> None:
        """Leaves the model as it was."""
        self._rest()
        self._fit.restore()

    def _install(self) -> None:
        if self._is_holding:
            return
        self._is_holding = True
        for patch, held in self._calls:
            patch.replace("call", self._masking(held))
        self._switch.set(True)

    def _rest(self) -> None:
        self._is_holding = False
        for patch, _ in self._calls:
            patch.restore()
        self._switch.set(False)

    def _masking(self, held: list[MaskedVariable]) -> Callable[..., Any]:
        def call(own: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            # What is called first masks all that it holds; within it nothing is assigned to: loops
            # and vectorised maps of a graph would not stand it. And another loop, over a model
            # that has this layer too, may have put this work back after its end.
            if getattr(self._inside, "is_in_call", False) or not self._is_holding:
                return own(*args, **kwargs)
            if kwargs.get("training") and not self._has_begun:
                raise UsageError(
                    f"model {self._model.name!r} trains before any batch began: "
                    "call on_train_batch_begin(batch) before each training step"
                )
            self._backend.apply_in_call(held, self._switch)
            self._inside.is_in_call = True
            try:
                return own(*args, **kwargs)
            finally:
                self._inside.is_in_call = False

        return call

    def _on_fit(self, own: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._over()
        return own(*args, **kwargs)


def _holders(model: Any, weights: PrunedWeights) -> list[tuple[Any, list[MaskedVariable]]]:
    """The model and every layer in it that holds pruned weights, each with these."""
    pruned = {id(weight.kernel): weight.variable for weight in weights}
    held: dict[int, tuple[Any, list[MaskedVariable]]] = {
        id(model): (model, list(weights.variables))
    }
    for owned in weight_owners(model):
        if id(owned.variable) in pruned:
            for layer in owned.holders:
                held.setdefault(id(layer), (layer, []))[1].append(pruned[id(owned.variable)])
    return list(held.values())
