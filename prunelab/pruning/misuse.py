"""What people pass instead of a schedule or a model, most of it as the reference has it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from numbers import Real
from typing import Any, ParamSpec

from prunelab.errors import UsageError
from prunelab.schedules.catalog import KINDS

__all__ = ["check_backend", "check_model", "no_schedule", "reports_misuse"]

P = ParamSpec("P")

_MOST_SHOWN = 60
_EXAMPLE = "ConstantSparsity(0.5, begin_step=0, frequency=10)"
_NO_WRAPPER = (
    "there is no wrapper: leave the model as it is, and call "
    "model.fit(x, y, callbacks=[PruneLowMagnitude(schedule)])"
)
# Of the reference's functions and callbacks, where a name of prunelab's own does the same.
_HERE = {
    "pruning_schedule": "pruning_schedule= is called schedule here: PruneLowMagnitude(schedule)",
    "to_prune": f"to_prune= is the reference's: {_NO_WRAPPER}",
    "model": f"model= is not taken: {_NO_WRAPPER}",
    "layer": f"layer= is not taken: {_NO_WRAPPER}, with layers= for some layers alone",
    "pruning_policy": "pruning_policy= is the reference's: use layers=, a function of a layer, say",
}


def reports_misuse(make: Callable[P, None]) -> Callable[P, None]:
    """Makes an `__init__` report arguments that do not fit it by a line with the mend.

    Raises:
        UsageError: instead of a `TypeError` of Python.
    """
    signature = inspect.signature(make)

    @functools.wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            known = [name for name in signature.parameters if name != "self"]
            raise UsageError(_misfit(list(args[1:]), kwargs, known, error)) from None
        make(*args, **kwargs)

    return made


def _misfit(values: list[Any], named: Mapping[str, Any], known: list[str], error: TypeError) -> str:
    if values and (_is_keras_layer(values[0]) or _is_legacy(values[0])):
        return no_schedule(values[0])
    for name in named:
        if name in _HERE:
            return _HERE[name]
        if name not in known:
            return _unknown(name, known)
    if len(values) > 1:
        return (
            f"PruneLowMagnitude takes the schedule alone by its place, and {_brief(values[1])} "
            f"comes second: name it, as one of {', '.join(known[1:])}"
        )
    if not values and known[0] not in named:
        return f"PruneLowMagnitude needs a schedule: PruneLowMagnitude({_EXAMPLE}), say"
    return f"PruneLowMagnitude: {error}"


def _unknown(name: str, known: list[str]) -> str:
    of_schedules = {field.name for kind in KINDS.values() for field in kind.fields}
    near = get_close_matches(name, known, 1)
    if near:
        return f"{name}= is not a parameter of PruneLowMagnitude: use {near[0]}="
    if name in of_schedules:
        return f"{name}= belongs to the schedule: PruneLowMagnitude({_EXAMPLE}), say"
    return f"{name}= is not a parameter of PruneLowMagnitude: use one of {', '.join(known)}"


def no_schedule(value: Any, name: str = "schedule") -> str:
    """Why something is no schedule, and the mend.

    Args:
        value: Anything but a `PruningSchedule`.
        name: What it was passed as.
    """
    shown = f"{name}={_brief(value)} is not a PruningSchedule"
    if _is_keras_layer(value) or _is_legacy(value):
        return f"{name} is the {type(value).__name__} {value.name!r}, and {_NO_WRAPPER}"
    if isinstance(value, type):
        return f"{shown}: use {_EXAMPLE}, say, and not the class"
    if callable(value) and any(
        base.__module__.startswith("tensorflow_model_opt") for base in type(value).__mro__
    ):
        return (
            f"{shown} but the reference's: use PruningSchedule.from_config(schedule.get_config()), "
            "or derive a class of your own from prunelab.PruningSchedule"
        )
    if isinstance(value, Mapping) and "class_name" in value:
        return f"{shown}: use PruningSchedule.from_config(config)"
    number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else 0.0
    if 0.0 < number < 100.0:
        share = number if number < 1.0 else number / 100
        return f"{shown}: use ConstantSparsity({share:g}, begin_step=0, frequency=10), say"
    if callable(value):
        return f"{shown}: derive a class from PruningSchedule that answers it, or use {_EXAMPLE}"
    return f"{shown}: use {_EXAMPLE}, say"


def check_model(model: Any, name: str) -> None:
    """Looks that a callback is given a model of Keras 3.

    Raises:
        UsageError: for anything else, such as one of `tf_keras`, which the reference needs.
    """
    import keras

    check_backend(name)
    if isinstance(model, keras.Model):
        return
    if _is_legacy(model):
        raise UsageError(
            f"model {model.name!r} is of tf_keras, and {name} is for Keras 3: "
            "make it of keras, without tfmot's wrapper and without TF_USE_LEGACY_KERAS"
        )
    raise UsageError(f"model {_brief(model)} is not a keras.Model: give {name} the model")


def check_backend(name: str) -> None:
    """Looks that Keras computes by TensorFlow, as the callbacks do.

    Raises:
        UsageError: where it does not.
    """
    import keras

    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise UsageError(
            f"{name} works with Keras on TensorFlow, and here Keras is on {backend!r}: "
            "set KERAS_BACKEND=tensorflow before keras is imported"
        )


def _is_keras_layer(value: Any) -> bool:
    import keras

    return isinstance(value, keras.layers.Layer)


def _is_legacy(value: Any) -> bool:
    # tf_keras, or what tfmot makes with it; neither is imported for the question.
    return "tf_keras" in _packages(value) and hasattr(value, "trainable_weights")


def _packages(value: Any) -> set[str]:
    """The packages that the classes of an object come from."""
    return {base.__module__.partition(".")[0] for base in type(value).__mro__}


def _brief(value: Any) -> str:
    shown = " ".join(repr(value).split())
    return shown if len(shown) <= _MOST_SHOWN else f"{shown[: _MOST_SHOWN - 3]}..."
