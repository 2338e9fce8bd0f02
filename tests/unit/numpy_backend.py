"""Pruning's backend on NumPy arrays alone: a model is a list of kernels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from prunelab.keras_internals.step_wrapper import StepWrapper, WrapOrder
from prunelab.pruning.execution_mode import ExecutionMode


class Kernel:
    """What pruning uses of a `keras.Variable`."""

    def __init__(self, path: str, values: Any) -> None:
        self.path, self.array = path, np.array(values)
        self.shape, self.dtype = self.array.shape, self.array.dtype.name

    def numpy(self) -> Any:
        return self.array.copy()

    def assign(self, values: Any) -> None:
        self.array[...] = values


class NumPyVariable:
    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.shared_mask: Any = None
        self._mask = np.ones(kernel.shape, bool)

    def values(self) -> Any:
        values = self.kernel.array.view()
        values.flags.writeable = False
        return values

    def write(self, values: Any) -> None:
        self.kernel.assign(values)

    def mask(self) -> Any:
        return self._mask.copy()

    def set_mask(self, mask: Any) -> None:
        self._mask[...] = mask

    def share_mask(self) -> None:
        self.shared_mask = self._mask

    def apply_mask(self) -> None:
        self.kernel.array[~self._mask] = 0

    def apply_mask_in_step(self) -> None:
        self.kernel.array *= self._mask


class NumPySwitch:
    on = False

    def set(self, on: bool) -> None:
        self.on = on


class NumPyGraphUpdate:
    def trace(
        self,
        data: Any,
        variables: Sequence[NumPyVariable],
        count: Callable[[], bool],
        choose: Callable[[list[Any]], list[Any]],
    ) -> None:
        if count():
            masks = choose([variable.values() for variable in variables])
            for variable, mask in zip(variables, masks, strict=True):
                variable.set_mask(mask)

    def call(self, function: Callable[[Any], Any], iterator: Any) -> Any:
        return function(iterator)


class NumPyStep:
    """A model whose `train_step` is a plain method."""

    def __init__(self, model: Any) -> None:
        self._model, self._own = model, model.train_step

    def attach(self, wrapper: StepWrapper) -> None:
        self._model.train_step = wrapper.step(self._own)

    def detach(self, wrapper: StepWrapper) -> None:
        self._model.train_step = self._own

    def refuse_second(self, order: WrapOrder) -> None:
        """Nothing else wraps it."""


class NumPyBackend:
    """Nothing is compiled: what is traced elsewhere is done at once here."""

    end_of_data: tuple[type[Exception], ...] = (StopIteration,)

    def variable(self, kernel: Kernel) -> NumPyVariable:
        return NumPyVariable(kernel)

    def values(self, variables: Sequence[NumPyVariable]) -> list[Any]:
        return [variable.values() for variable in variables]

    def apply_in_call(self, variables: Sequence[NumPyVariable], switch: NumPySwitch) -> None:
        if switch.on:
            for variable in variables:
                variable.apply_mask()

    def mode_in_fit(self, model: Any) -> ExecutionMode:
        return ExecutionMode.STEP

    def wrapped_step(self, model: Any) -> NumPyStep:
        return NumPyStep(model)

    def graph_update(self) -> NumPyGraphUpdate:
        return NumPyGraphUpdate()

    def switch(self) -> NumPySwitch:
        return NumPySwitch()

    def is_tracing(self) -> bool:
        return False

    def outside_trace(self) -> AbstractContextManager[Any]:
        return nullcontext()

    def build_by_tracing(self, step: Callable[[Any], Any], data: Any) -> bool:
        return False
