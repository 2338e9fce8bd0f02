"""`Backend`: what pruning needs of the library by which Keras computes.

TensorFlow is the first answer (`prunelab.pruning.tensorflow_backend`). What else pruning does is
Python and NumPy: which weights, which masks, at which steps, and what a file keeps of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import numpy.typing as npt

from prunelab.keras_internals.step_wrapper import StepWrapper, WrapOrder
from prunelab.pruning.execution_mode import ExecutionMode
from prunelab.pruning.masks.mask import Mask
from prunelab.pruning.misuse import check_backend

__all__ = ["Backend", "GraphUpdate", "MaskedVariable", "Switch", "WrappedStep", "backend_for"]


class Switch(Protocol):
    """A flag that is read when a step runs, not when it is traced. Off at first."""

    def set(self, on: bool) -> None:
        """Turns it on or off, outside of any trace."""


class MaskedVariable(Protocol):
    """One weight of a model and its mask, as the backend holds them. The mask is full at first.

    Attributes:
        shared_mask: The memory (bool, of the weight's shape) from which the backend reads the mask;
            None where it is not shared (see `share_mask`).
    """

    shared_mask: Mask | None

    def values(self) -> npt.NDArray[Any]:
        """The weight as it is: not a copy, and not to be written to."""

    def write(self, values: npt.NDArray[Any]) -> None:
        """Sets the weight, now.

        Args:
            values: Of its shape and type; nothing else may write to them afterwards.
        """

    def mask(self) -> Mask:
        """A copy of the mask: bool, of the weight's shape; True is kept."""

    def set_mask(self, mask: Mask) -> None:
        """Sets the mask, between steps. Nothing else may write to this array afterwards."""

    def share_mask(self) -> None:
        """Shares the mask's memory with NumPy from here on, where that can be."""

    def apply_mask(self) -> None:
        """Sets every dropped weight to zero, now."""

    def apply_mask_in_step(self) -> None:
        """Makes dropped weights 0 or -0.0, in a step that is traced."""


class GraphUpdate(Protocol):
    """Mask updates inside a compiled function of several steps, between which nothing is called."""

    def trace(
        self,
        data: Any,
        variables: Sequence[Any],
        count: Callable[[], bool],
        choose: Callable[[list[npt.NDArray[Any]]], list[Mask]],
    ) -> None:
        """Traces an update before a training step.

        Args:
            data: The batch, which must be there before anything is counted.
            variables: All weights under pruning, made by `Backend.variable`.
            count: Counts one step; whether masks change at it.
            choose: Given the weights' values, chooses their masks.
        """

    def call(self, function: Callable[[Any], Any], iterator: Any) -> Any:
        """Calls a compiled training function; raises an error of `choose` as it was."""


class WrappedStep(Protocol):
    """A model's compiled training step with work around it."""

    def attach(self, wrapper: StepWrapper) -> None:
        """Wraps the step; a wrapper of the same order is refused by a `UsageError`."""

    def detach(self, wrapper: StepWrapper) -> None:
        """Takes a wrapper out again, if it is there; the last one leaves the model as it was."""

    def refuse_second(self, order: WrapOrder) -> None:
        """Looks that an order is free, and raises a `UsageError` where it is not."""


class Backend(Protocol):
    """The library by which Keras computes.

    In `ExecutionMode.STEP`, which nearly every `fit` has, only `values` and
    `MaskedVariable.set_mask` are called between two batches, and within the step nothing but what
    was traced.

    Attributes:
        end_of_data: The errors by which a training function says that there was no batch.
    """

    end_of_data: tuple[type[Exception], ...]

    def variable(self, kernel: Any) -> MaskedVariable:
        """What holds a `keras.Variable` under pruning and its mask."""

    def values(self, variables: Sequence[Any]) -> list[npt.NDArray[Any]]:
        """What weights are, all at once: not copies, and not to be written to.

        Args:
            variables: Made by `variable`.
        """

    def apply_in_call(self, variables: Sequence[Any], switch: Any) -> None:
        """Sets dropped weights to zero as a model is called in a loop of the user's own.

        Args:
            variables: Those that are to be masked, made by `variable`.
            switch: Made by `switch`; a graph that is traced now does so while it is on.
        """

    def mode_in_fit(self, model: Any) -> ExecutionMode:
        """Where masks are chosen and applied in `fit` of a compiled model.

        Raises:
            UsageError: where no mode is exact.
        """

    def wrapped_step(self, model: Any) -> WrappedStep:
        """The training step of a compiled model: the one that is wrapped already, or a new one."""

    def graph_update(self) -> GraphUpdate:
        """Mask updates for `ExecutionMode.GRAPH`."""

    def switch(self) -> Switch:
        """A flag that a traced step reads."""

    def is_tracing(self) -> bool:
        """Whether what is computed now is traced, and not run."""

    def outside_trace(self) -> AbstractContextManager[Any]:
        """A context in which, while a step is traced, computation runs at once."""

    def build_by_tracing(self, step: Callable[[Any], Any], data: Any) -> bool:
        """Builds all layers that a training step builds, and trains nothing.

        Args:
            step: The training step.
            data: A batch, as tensors or while the step itself is being traced.

        Returns:
            Whether it could be traced; a step that only runs eagerly cannot. Any other reason
            shows when it is traced for good.
        """


def backend_for(name: str) -> Backend:
    """The backend on which Keras runs here.

    Args:
        name: Of the callback that needs it, for the error.

    Raises:
        UsageError: where Keras runs on one for which there is no answer.
    """
    check_backend(name)
    from prunelab.pruning.tensorflow_backend.backend import TensorFlowBackend

    return TensorFlowBackend()
