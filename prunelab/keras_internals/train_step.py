"""Work inside a model's own compiled `train_step`, put in and taken out again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from typing import Any

from prunelab.errors import UsageError
from prunelab.keras_internals.direct_train_function import direct_train_function
from prunelab.keras_internals.fit_guard import FitGuard, in_fit_of

__all__ = [
    "StepWrapper",
    "TrainStep",
    "WrapOrder",
    "is_wrapped",
    "refuse_second",
    "unwrap",
    "wrap",
]

TrainStep = Callable[[Any], Any]


@dataclass(frozen=True)
class StepWrapper:
    """What to put around a model's training.

    Attributes:
        step: Given a training step, returns the step that is to be traced instead.
        broken: Called when the next `fit` finds that this one broke off and left its work here.
        call: Given the compiled function and its argument, calls it.
    """

    step: Callable[[TrainStep], TrainStep]
    broken: Callable[[], None] = lambda: None
    call: Callable[[Callable[[Any], Any], Any], Any] | None = None


class WrapOrder(IntEnum):
    """Who wraps a training step, the innermost first: what is recorded is what masks left."""

    RECORD = 0
    MASK = 1


@dataclass
class _Wrapped:
    """What was put around one model's step.

    Attributes:
        own: A step its user had set on the instance.
        make: And what makes its training function, likewise.
        caller: The `fit` in which it was put there.
        around: What it is.
    """

    own: TrainStep | None
    make: Callable[..., None] | None
    caller: FitGuard
    around: dict[WrapOrder, StepWrapper] = field(default_factory=dict)


# On the model itself, so that it is freed together with it.
_PLACE = "_prunelab_wrapped"


def wrap(model: Any, layer: WrapOrder, around: StepWrapper) -> None:
    """Puts work around the model's `train_step`, to be compiled together with it.

    A call into TensorFlow of a callback's own at every batch would cost a small model a third of
    its speed.

    Args:
        model: A compiled Keras model.
        layer: Whose work it is.
        around: The work.

    Raises:
        UsageError: where another's work of that layer is there already.
    """
    refuse_second(model, layer)
    wrapped = _of(model)
    if wrapped is None:
        given = vars(model)
        wrapped = _Wrapped(given.get("train_step"), given.get("make_train_function"), FitGuard())
        # Past Keras's own attribute tracking: this is no part of the model.
        object.__setattr__(model, _PLACE, wrapped)
    wrapped.around[layer] = around
    _install(model, wrapped)


def refuse_second(model: Any, layer: WrapOrder) -> None:
    """Looks that a layer is free.

    Raises:
        UsageError: where another's work is there, from the same `fit` or one around it.
    """
    if _of(model) is not None and not in_fit_of(model):
        # A loop of the user's own may be what comes after a `fit` that broke off.
        _clear(model)
    if is_wrapped(model, layer):
        name = {WrapOrder.RECORD: "RunRecorder", WrapOrder.MASK: "PruneLowMagnitude"}[layer]
        raise UsageError(
            f"model {model.name!r} is in a fit with a {name} already: give it one {name} alone, "
            "and none to a fit within that fit"
        )


def unwrap(model: Any, layer: WrapOrder) -> None:
    """Takes the work of a layer out again; the last one leaves the model as it was."""
    wrapped = _of(model)
    if wrapped is not None:
        wrapped.around.pop(layer, None)
        _install(model, wrapped)


def is_wrapped(model: Any, layer: WrapOrder) -> bool:
    """Whether a layer's work is around the model's step in its current `fit`."""
    wrapped = _of(model)
    return wrapped is not None and layer in wrapped.around


def _of(model: Any) -> _Wrapped | None:
    wrapped: _Wrapped | None = vars(model).get(_PLACE)
    return wrapped


def _install(model: Any, wrapped: _Wrapped) -> None:
    for name in ("train_step", "make_train_function"):
        vars(model).pop(name, None)
    step = wrapped.own or model.train_step
    for layer in sorted(wrapped.around):
        step = wrapped.around[layer].step(step)
    if wrapped.make:
        object.__setattr__(model, "make_train_function", wrapped.make)
    if wrapped.around or wrapped.own:
        object.__setattr__(model, "train_step", step)
    if not wrapped.around:
        del vars(model)[_PLACE]
    model.make_train_function(force=True)
    if wrapped.around:
        model.train_function = direct_train_function(model)
    for around in wrapped.around.values():
        if around.call is not None:
            model.train_function = partial(around.call, model.train_function)
    if wrapped.around:
        # Keras asks for it before any callback begins: what a `fit` that broke off has left, by
        # ctrl-C or an error, is not for the next one. `train_on_batch` asks as well.
        object.__setattr__(model, "make_train_function", lambda force=False: _clear(model))


def _clear(model: Any) -> None:
    wrapped = _of(model)
    assert wrapped is not None
    if wrapped.caller.is_around:
        # A callback trains on something: the masks hold there, too.
        return
    left = list(wrapped.around.values())
    wrapped.around.clear()
    for around in left:
        around.broken()
    _install(model, wrapped)
