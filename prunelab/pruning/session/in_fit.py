"""Sessions in Keras's own `fit`: the masks are part of the model's compiled training step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy.typing as npt

from prunelab.keras_internals.step_wrapper import StepWrapper, TrainStep, WrapOrder
from prunelab.pruning.execution_mode import ExecutionMode
from prunelab.pruning.masks.mask import Mask
from prunelab.pruning.rollback import Rollback
from prunelab.pruning.session.base import Session
from prunelab.pruning.session.context import SessionContext
from prunelab.pruning.session.schedule_lookahead import NO_STEP

__all__ = ["GraphSession", "HostSession", "StepSession"]

# Given the compiled function and its argument, calls it.
Call = Callable[[Callable[[Any], Any], Any], Any]


class _InFit(Session):
    """Wraps the model's `train_step` until the end of `fit`.

    Args:
        model: The model.
        context: What the callback hands on.
        call: How the compiled training function is called; None for a plain call.
    """

    def __init__(self, model: Any, context: SessionContext, call: Call | None) -> None:
        super().__init__(model, context)
        self._wrapper = StepWrapper(WrapOrder.MASK, self._masked, context.end_broken_fit, call)
        self._install()

    def _install(self) -> None:
        self._wrapped = self._context.backend.wrapped_step(self.model)
        self._wrapped.attach(self._wrapper)

    def _uninstall(self) -> None:
        self._wrapped.detach(self._wrapper)

    def _masked(self, step: TrainStep) -> TrainStep:
        """The training step with the masks applied before it."""
        backend = self._context.backend

        def masked_train_step(data: Any) -> Any:
            if self._has_unbuilt and backend.build_by_tracing(step, data):
                self._has_unbuilt = False
                with backend.outside_trace():
                    # What is traced from here on holds the masks of what was built.
                    self._take_others()
            self._update_in_step(data)
            self.weights.apply_masks_in_step()
            with self._hooks.mid_step.step():
                return step(data)

        return masked_train_step

    def _update_in_step(self, data: Any) -> None:
        """Traces an update of the masks, where they are chosen in the graph."""


class StepSession(_InFit):
    """Masks are chosen between batches, and applied in the compiled step.

    Args:
        model: The model.
        context: What the callback hands on.
    """

    mode = ExecutionMode.STEP

    def __init__(self, model: Any, context: SessionContext) -> None:
        rollback = Rollback(context.backend.end_of_data, self._never_came)
        # Of data of unknown length Keras begins a batch that never comes.
        self._keep = None if context.knows_steps else rollback.keep
        super().__init__(model, context, None if context.knows_steps else rollback.call)

    def _begin_step(self) -> None:
        if self._advance_step():
            self._update(self._scheduled)

    def _values(self) -> list[npt.NDArray[Any]]:
        values = super()._values()
        if self._keep is not None:
            self._keep(self.weights, values)
        return values

    def _never_came(self) -> None:
        """Keras began a batch more than there is."""
        self._progress.step -= 1
        self._progress.is_updated = False
        self._scheduled = NO_STEP


class HostSession(StepSession):
    """Masks are chosen and applied between batches, as several replicas need it."""

    mode = ExecutionMode.HOST

    def _begin_step(self) -> None:
        super()._begin_step()
        self.weights.apply_masks()

    def _masked(self, step: TrainStep) -> TrainStep:
        return step


class GraphSession(_InFit):
    """Masks are chosen and applied in the graph of several steps, between which nothing is called.

    Args:
        model: The model.
        context: What the callback hands on.
    """

    mode = ExecutionMode.GRAPH

    def __init__(self, model: Any, context: SessionContext) -> None:
        self._graph_update = context.backend.graph_update()
        super().__init__(model, context, self._graph_update.call)

    def _begin_step(self) -> None:
        """The graph does it."""

    def _update_in_step(self, data: Any) -> None:
        self._graph_update.trace(data, self.weights.variables, self._advance_step, self._new_masks)

    def _new_masks(self, values: list[npt.NDArray[Any]]) -> list[Mask]:
        """The masks of all weights after this step's update, for the graph to set."""
        new = {}
        for weight, mask, threshold in self._updater.choose(self._scheduled, values):
            weight.note(threshold, mask)
            new[id(weight)] = mask
        self._publish(self._scheduled)
        return [new[id(weight)] if id(weight) in new else weight.mask() for weight in self.weights]
