"""Work inside a model's own compiled `train_step`, put in and taken out again."""

from __future__ import annotations

from functools import partial
from typing import Any

from prunelab.errors import UsageError
from prunelab.keras_internals.direct_train_function import direct_train_function
from prunelab.keras_internals.fit_guard import FitGuard, in_fit_of
from prunelab.keras_internals.step_wrapper import StepWrapper, WrapOrder

__all__ = ["WrappedStep"]

# Where a model keeps its `WrappedStep`: on itself, so that it is freed together with it.
_ATTRIBUTE = "_prunelab_wrapped"


class WrappedStep:
    """One model's `train_step` with work around it, compiled together with it.

    A call into TensorFlow of a callback's own at every batch costs far more. It lies on the model
    from the first `attach` to the last `detach`, which leaves the model as it was.

    Args:
        model: A compiled Keras model whose step is not wrapped yet; `of` finds one that is.

    Attributes:
        wrappers: What is around the step, one for each order.
    """

    def __init__(self, model: Any) -> None:
        self.wrappers: dict[WrapOrder, StepWrapper] = {}
        self._model = model
        # What its user had set on the instance.
        self._own = {
            name: vars(model)[name]
            for name in ("train_step", "make_train_function")
            if name in vars(model)
        }
        self._fit = FitGuard()

    @classmethod
    def of(cls, model: Any) -> WrappedStep:
        """The model's: the one that is in place, or a new one.

        What a `fit` that broke off has left there is cleared, where another one or a loop of the
        user's own goes on.
        """
        found: WrappedStep | None = vars(model).get(_ATTRIBUTE)
        if found is not None and not in_fit_of(model):
            # Keras's `fit` would have cleared it as it began.
            found._clear()
        return vars(model).get(_ATTRIBUTE) or cls(model)

    def attach(self, wrapper: StepWrapper) -> None:
        """Wraps the step.

        Raises:
            UsageError: where another wrapper of that order is there already.
        """
        self.refuse_second(wrapper.order)
        # Past Keras's own attribute tracking: this is no part of the model.
        object.__setattr__(self._model, _ATTRIBUTE, self)
        self.wrappers[wrapper.order] = wrapper
        self._install()

    def refuse_second(self, order: WrapOrder) -> None:
        """Looks that an order is free.

        Raises:
            UsageError: where a wrapper is there, from the same `fit` or one around it.
        """
        if order in self.wrappers:
            name = order.callback
            raise UsageError(
                f"model {self._model.name!r} is in a fit with a {name} already: give it one {name} "
                "alone, and none to a fit within that fit"
            )

    def detach(self, wrapper: StepWrapper) -> None:
        """Takes a wrapper out again, if it is there; the last one leaves the model as it was."""
        if self.wrappers.get(wrapper.order) is wrapper:
            del self.wrappers[wrapper.order]
            self._install()

    def _install(self) -> None:
        """Has Keras compile the step with what is around it now."""
        model = self._model
        for name in ("train_step", "make_train_function"):
            vars(model).pop(name, None)
        for name, own in self._own.items():
            object.__setattr__(model, name, own)
        if not self.wrappers:
            vars(model).pop(_ATTRIBUTE, None)
            model.make_train_function(force=True)
            return
        wrappers = [self.wrappers[order] for order in sorted(self.wrappers)]
        step = model.train_step
        for wrapper in wrappers:
            step = wrapper.step(step)
        object.__setattr__(model, "train_step", step)
        model.make_train_function(force=True)
        model.train_function = direct_train_function(model)
        for wrapper in wrappers:
            if wrapper.call is not None:
                model.train_function = partial(wrapper.call, model.train_function)
        # Keras asks for it before any callback begins: what a `fit` that broke off has left, by
        # ctrl-C or an error, is not for the next one. `train_on_batch` asks as well.
        object.__setattr__(model, "make_train_function", lambda force=False: self._clear())

    def _clear(self) -> None:
        """Takes all out again, unless a callback trains on something within the same `fit`."""
        if self._fit.is_around:
            # The masks hold in what it trains, too.
            return
        left = list(self.wrappers.values())
        self.wrappers.clear()
        for wrapper in left:
            wrapper.broken()
        self._install()
