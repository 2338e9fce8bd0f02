"""Optimizers of Keras: one that a user named, and the one that a file brings."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from prunelab.errors import UsageError
from prunelab.model_file.call import Call, called
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
_TOLD = ("learning_rate", "momentum", "nesterov", "weight_decay", "clipnorm", "clipvalue")


@dataclass(frozen=True)
class Optimizer:
    """An optimizer as plain data.

    Attributes:
        name: Its class.
        values: What it is made with; a learning-rate schedule as Keras serialised it.
        known: Whether it is one of Keras's.
        own: What Keras serialised, where a file brings it.
    """

    name: str
    values: dict[str, Any]
    known: bool = True
    own: Any = None

    def __str__(self) -> str:
        shown = {}
        for key in _TOLD:
            value = self.values.get(key)
            if isinstance(value, dict):
                shown[key] = _Plain(str(value.get("class_name")))
            elif value:
                shown[key] = value
        return called(self.name, shown)

    @property
    def without_rate(self) -> str:
        """As text without a learning rate that is a number, which stands by itself elsewhere."""
        if self.learning_rate is None:
            return str(self)
        rest = {key: value for key, value in self.values.items() if key != "learning_rate"}
        return str(replace(self, values=rest))

    @property
    def learning_rate(self) -> float | None:
        """Its learning rate; None where a schedule gives it."""
        rate = self.values.get("learning_rate")
        return float(rate) if isinstance(rate, int | float) else None

    def at(self, rate: float) -> Optimizer:
        """The same optimizer with another learning rate."""
        own = self.own
        if own is not None:
            own = deepcopy(own)
            _innermost(own)["learning_rate"] = rate
        return replace(self, values={**self.values, "learning_rate": rate}, own=own)


class _Plain(str):
    """A text that is shown without quotes."""

    def __repr__(self) -> str:
        return str(self)


ADAM = Optimizer("Adam", {"learning_rate": _RATE})


def read_optimizer(text: str, *, others: bool) -> Optimizer:
    """An optimizer that a user named: `NAME` or `NAME(parameter=value, ...)`.

    Args:
        text: What was written.
        others: Whether a module is given that may define others.

    Raises:
        UsageError: for anything else.
    """
    call = Call.read(text, "optimizer", "SGD(momentum=0.9)")
    name = OPTIMIZERS.get(call.name.lower())
    if name is None and not others:
        raise UsageError(
            f"optimizer {call.name!r} is not known: use one of "
            f"{', '.join(sorted(OPTIMIZERS))}, or give the file that defines it as module"
        )
    values = dict(call.values)
    if name is not None:
        values = {"learning_rate": _RATES.get(name, _RATE), **values}
    return Optimizer(name or call.name, values, known=name is not None)


def file_optimizer(serialised: Any) -> Optimizer | None:
    """The optimizer of a file's compile config; None where it has none."""
    if isinstance(serialised, str):  # As Keras 2 wrote it.
        name = OPTIMIZERS.get(serialised.lower(), serialised)
        known = serialised.lower() in OPTIMIZERS
        return Optimizer(name, {"learning_rate": _RATES.get(name, _RATE)}, known, own=None)
    if not isinstance(serialised, dict) or not isinstance(serialised.get("config"), dict):
        return None
    name = str(serialised.get("class_name"))
    known = not any(one.own for one in named_objects(serialised))
    values = dict(_innermost(serialised))
    if isinstance(values.get("learning_rate"), float):
        values["learning_rate"] = _short(values["learning_rate"])
    inner = serialised["config"].get(_INNER)
    told = str(inner.get("class_name")) if isinstance(inner, dict) else name
    return Optimizer(OPTIMIZERS.get(told.lower(), told), values, known, own=serialised)


def _innermost(serialised: dict[str, Any]) -> dict[str, Any]:
    """The config of the optimizer itself, without one around it that scales the loss."""
    config: dict[str, Any] = serialised["config"]
    while isinstance(config.get(_INNER), dict) and isinstance(config[_INNER].get("config"), dict):
        config = config[_INNER]["config"]
    return config


def _short(rate: float) -> float:
    """The number that was meant by one that Keras kept as float32."""
    return float(str(np.float32(rate)))
