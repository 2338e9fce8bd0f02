"""Optimizers of Keras: named by the user, or read from a model file."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from prunelab.errors import UsageError
from prunelab.model_file.call import Call, call_text
from prunelab.model_file.named_objects import named_objects

__all__ = ["ADAM", "OPTIMIZERS", "Optimizer", "file_optimizer", "read_optimizer"]

# Keras's own defaults of the learning rate.
_RATES = {"SGD": 0.01, "ScheduleFreeAdamW": 0.0025}
_RATE = 0.001
OPTIMIZERS = {
    name.lower(): name
    for name in [
        "Adadelta",
        "Adafactor",
        "Adagrad",
        "Adam",
        "AdamW",
        "Adamax",
        "Ftrl",
        "Lamb",
        "Lion",
        "Muon",
        "Nadam",
        "RMSprop",
        "SGD",
        "ScheduleFreeAdamW",
    ]
}
_INNER = "inner_optimizer"
_SHOWN = ("learning_rate", "momentum", "nesterov", "weight_decay", "clipnorm", "clipvalue")


@dataclass(frozen=True)
class Optimizer:
    """An optimizer as plain data.

    Attributes:
        name: Its class.
        values: What it is made with; a learning-rate schedule as Keras serialised it.
        builtin: Whether it is one of Keras's.
        serialised: As Keras serialised it, where it is of a file.
    """

    name: str
    values: dict[str, Any]
    builtin: bool = True
    serialised: Any = None

    def __str__(self) -> str:
        shown = {}
        for key in _SHOWN:
            value = self.values.get(key)
            if isinstance(value, dict):
                shown[key] = _Unquoted(str(value.get("class_name")))
            elif value:
                shown[key] = value
        return call_text(self.name, shown)

    @property
    def text_without_rate(self) -> str:
        """As text without a constant learning rate, which has a column of its own."""
        if self.learning_rate is None:
            return str(self)
        rest = {key: value for key, value in self.values.items() if key != "learning_rate"}
        return str(replace(self, values=rest))

    @property
    def learning_rate(self) -> float | None:
        """Its learning rate; None where a schedule gives it."""
        rate = self.values.get("learning_rate")
        return float(rate) if isinstance(rate, int | float) else None

    def with_learning_rate(self, rate: float) -> Optimizer:
        """The same optimizer with another learning rate."""
        serialised = self.serialised
        if serialised is not None:
            serialised = deepcopy(serialised)
            _innermost(serialised)["learning_rate"] = rate
        return replace(self, values={**self.values, "learning_rate": rate}, serialised=serialised)


class _Unquoted(str):
    """A text whose `repr` has no quotes."""

    def __repr__(self) -> str:
        return str(self)


ADAM = Optimizer("Adam", {"learning_rate": _RATE})


def read_optimizer(text: str, *, allow_custom: bool) -> Optimizer:
    """An optimizer that a user named: `NAME` or `NAME(parameter=value, ...)`.

    Args:
        text: The text.
        allow_custom: Whether a module is given that may define others.

    Raises:
        UsageError: for anything else.
    """
    call = Call.read(text, "optimizer", "SGD(momentum=0.9)")
    name = OPTIMIZERS.get(call.name.lower())
    if name is None and not allow_custom:
        raise UsageError(
            f"optimizer {call.name!r} is not known: use one of "
            f"{', '.join(sorted(OPTIMIZERS))}, or give the file that defines it as module"
        )
    values = dict(call.values)
    if name is not None:
        values = {"learning_rate": _RATES.get(name, _RATE), **values}
    return Optimizer(name or call.name, values, builtin=name is not None)


def file_optimizer(serialised: Any) -> Optimizer | None:
    """The optimizer of a file's compile config; None where it has none."""
    if isinstance(serialised, str):  # As Keras 2 wrote it.
        name = OPTIMIZERS.get(serialised.lower(), serialised)
        builtin = serialised.lower() in OPTIMIZERS
        return Optimizer(name, {"learning_rate": _RATES.get(name, _RATE)}, builtin, serialised=None)
    if not isinstance(serialised, dict) or not isinstance(serialised.get("config"), dict):
        return None
    name = str(serialised.get("class_name"))
    builtin = not any(one.custom for one in named_objects(serialised))
    values = dict(_innermost(serialised))
    if isinstance(values.get("learning_rate"), float):
        values["learning_rate"] = _shortest_float(values["learning_rate"])
    inner = serialised["config"].get(_INNER)
    told = str(inner.get("class_name")) if isinstance(inner, dict) else name
    return Optimizer(OPTIMIZERS.get(told.lower(), told), values, builtin, serialised=serialised)


def _innermost(serialised: dict[str, Any]) -> dict[str, Any]:
    """The config of the optimizer itself, inside a wrapper such as `LossScaleOptimizer`."""
    config: dict[str, Any] = serialised["config"]
    while isinstance(config.get(_INNER), dict) and isinstance(config[_INNER].get("config"), dict):
        config = config[_INNER]["config"]
    return config


def _shortest_float(rate: float) -> float:
    """The shortest decimal number of a value that Keras stored as float32."""
    return float(str(np.float32(rate)))
