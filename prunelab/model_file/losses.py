"""Losses of Keras: their names, the labels that each takes, and whether it takes logits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from prunelab.errors import UsageError
from prunelab.model_file.call import Call, call_text
from prunelab.model_file.keras_names import is_custom

__all__ = ["LOSS_NAMES", "Loss", "file_loss", "read_loss"]

# "numbers": a class number a sample; "one-hot": a row of zeros with a one; "": no class at all.
_TAKES = {
    "SparseCategoricalCrossentropy": "numbers",
    "CategoricalGeneralizedCrossEntropy": "numbers",
    "CategoricalCrossentropy": "one-hot",
    "CategoricalFocalCrossentropy": "one-hot",
    "CategoricalHinge": "one-hot",
    "BinaryCrossentropy": "one-hot",
    "BinaryFocalCrossentropy": "one-hot",
    "Hinge": "one-hot",
    "SquaredHinge": "one-hot",
    "KLDivergence": "one-hot",
    "Poisson": "one-hot",
    "CosineSimilarity": "one-hot",
    "Dice": "one-hot",
    "Tversky": "one-hot",
    "MeanSquaredError": "one-hot",
    "MeanAbsoluteError": "one-hot",
    "MeanAbsolutePercentageError": "one-hot",
    "MeanSquaredLogarithmicError": "one-hot",
    "LogCosh": "one-hot",
    "Huber": "one-hot",
    "Circle": "",
    "CTC": "",
}
_WITH_LOGITS = frozenset(
    [
        "SparseCategoricalCrossentropy",
        "CategoricalCrossentropy",
        "CategoricalFocalCrossentropy",
        "BinaryCrossentropy",
        "BinaryFocalCrossentropy",
    ]
)
# The losses that work on a single output.
_OF_ONE = frozenset(
    [
        "BinaryCrossentropy",
        "BinaryFocalCrossentropy",
        "Hinge",
        "SquaredHinge",
        "MeanSquaredError",
        "MeanAbsoluteError",
        "LogCosh",
        "Huber",
    ]
)
_ABBREVIATIONS = {
    "bce": "BinaryCrossentropy",
    "kld": "KLDivergence",
    "mse": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError",
}
# Parameters that are not shown, or only where they differ from the default.
_NOT_SHOWN = ("name", "reduction", "dtype")
_DEFAULTS: dict[str, Any] = {
    "from_logits": False,
    "label_smoothing": 0.0,
    "ignore_class": None,
    "axis": -1,
    "alpha": 0.25,
    "gamma": 2.0,
    "apply_class_balancing": False,
    "delta": 1.0,
    "smooth": 1e-6,
    "beta": 0.5,
    "q": 0.5,
}
# Keras chooses one of three by labels and outputs.
_ANY_CROSSENTROPY = ("crossentropy", "ce")


_INITIALS = {"KLDivergence": "kl_divergence", "CTC": "ctc"}


def _snake(name: str) -> str:
    parts = "".join(f"_{one.lower()}" if one.isupper() else one for one in name)
    return _INITIALS.get(name) or parts.lstrip("_")


_CLASSES = {_snake(name): name for name in _TAKES} | {name.lower(): name for name in _TAKES}
_CLASSES |= _ABBREVIATIONS
LOSS_NAMES = frozenset(_CLASSES) | {*_ANY_CROSSENTROPY}


@dataclass(frozen=True)
class Loss:
    """A loss as plain data.

    Attributes:
        name: Its class in Keras, or the name of a user's own class or function; "crossentropy"
            for the one of Keras's three that goes with labels and outputs.
        values: What it is made with, beside defaults.
        serialised: As Keras serialised it, where it is a custom one of the file.
        builtin: Whether it is one of Keras's.
    """

    name: str
    values: dict[str, Any]
    builtin: bool = True
    serialised: Any = None

    def __str__(self) -> str:
        return call_text(
            self.name,
            {
                key: value
                for key, value in self.values.items()
                if key not in _NOT_SHOWN and (key not in _DEFAULTS or value != _DEFAULTS[key])
            },
        )

    @property
    def label_form(self) -> str | None:
        """The labels it takes: "numbers", "one-hot", "" for no classes; None where unknown."""
        return _TAKES.get(self.name)

    @property
    def allows_one_output(self) -> bool:
        """Whether it works on a single output for two classes."""
        return not self.builtin or self.name in _OF_ONE

    @property
    def from_logits(self) -> bool | None:
        """Its parameter `from_logits`; None where it has none."""
        return bool(self.values.get("from_logits", False)) if self.name in _WITH_LOGITS else None

    def with_from_logits(self, logits: bool) -> Loss:
        """The same loss with another `from_logits`."""
        rest = {key: value for key, value in self.values.items() if key != "from_logits"}
        return replace(self, values=rest | ({"from_logits": True} if logits else {}))

    def for_outputs(self, units: int) -> Loss:
        """The same loss, with "crossentropy" made one of the three by the number of outputs."""
        if self.builtin and self.name == "crossentropy":
            one = units == 1
            return replace(
                self, name="BinaryCrossentropy" if one else "SparseCategoricalCrossentropy"
            )
        return self


def read_loss(text: str, *, allow_custom: bool) -> Loss:
    """A loss that a user named: `NAME` or `NAME(parameter=value, ...)`.

    Args:
        text: The text.
        allow_custom: Whether a module is given that may define others.

    Raises:
        UsageError: for what is not of that form, or no loss for classes.
    """
    call = Call.read(text, "loss", "SparseCategoricalCrossentropy(from_logits=True)")
    lowered = call.name.lower()
    if lowered in _ANY_CROSSENTROPY:
        return Loss("crossentropy", call.values)
    name = _CLASSES.get(lowered)
    if name is None and not allow_custom:
        raise UsageError(
            f"loss {call.name!r} is not known: use one of {', '.join(_LISTED)}, or give the file "
            "that defines it as module"
        )
    if name is not None and not _TAKES[name]:
        raise UsageError(f"loss {call.name!r} is not for classes: use one of {', '.join(_LISTED)}")
    return Loss(name or call.name, call.values, builtin=name is not None)


_LISTED = tuple(_snake(name) for name, label_form in _TAKES.items() if label_form)


def file_loss(serialised: Any) -> Loss | None:
    """The loss of a file's compile config; None where it has none, or one for each output."""
    while isinstance(serialised, list | dict) and "class_name" not in serialised:
        # The loss of one output may be saved as a list or a dict of one.
        each = list(serialised.values()) if isinstance(serialised, dict) else serialised
        if len(each) != 1:
            return None
        serialised = each[0]
    if isinstance(serialised, str):
        name, values = serialised, {}
    elif isinstance(serialised, dict):
        inner = serialised.get("config")
        function = serialised["class_name"] == "function"
        name = str(inner) if function else str(serialised["class_name"])
        values = dict(inner) if isinstance(inner, dict) else {}
    else:
        return None
    if name.lower() in _ANY_CROSSENTROPY:
        return Loss("crossentropy", {})
    found = _CLASSES.get(name.lower())
    by_name = isinstance(serialised, str) or serialised["class_name"] == "function"
    if found is None or (not by_name and is_custom(serialised)):
        return Loss(name.rpartition(">")[2], values, builtin=False, serialised=serialised)
    return Loss(found, values)
