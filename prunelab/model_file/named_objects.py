"""The objects that a serialised model names, and which of them are not of Keras."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from prunelab.model_file.keras_names import ACTIVATIONS, METRIC_FUNCTIONS, is_own, package_of
from prunelab.model_file.losses import LOSS_NAMES

__all__ = ["LAMBDA", "Named", "named_objects"]

LAMBDA = "__lambda__"

_BUILTIN_FUNCTIONS = ACTIVATIONS | METRIC_FUNCTIONS | LOSS_NAMES
_IMPORTED = ("keras_hub", "keras_nlp", "keras_cv")
# Values that are written like objects.
_VALUES = ("__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__")


@dataclass(frozen=True)
class Named:
    """A class or function that a file names.

    Attributes:
        name: Its own name; `LAMBDA` for Python's nameless functions, whose code is in the file.
        registered: The name it was registered under, such as `package>name`; else its own.
        function: Whether it is a function.
        own: Whether it is not of Keras: only its author's code has it.
        layer: Name of the innermost layer (or the like) that it is, or is a part of.
        elsewhere: Whether it is of a package that Keras imports by itself.
        policy: Its policy of precision, such as "float32"; empty where it says none.
        lost_activation: Whether it has an activation that says nothing of what it is.
    """

    name: str
    registered: str
    function: bool
    own: bool
    layer: str
    elsewhere: bool = False
    policy: str = ""
    lost_activation: bool = False

    def told(self) -> str:
        """As an error calls it."""
        what = f"function {self.name!r}" if self.function else f"class {self.name!r}"
        if self.name == LAMBDA:
            what = "a lambda"
        return f"{what} (in {self.layer!r})" if self.layer else what


def named_objects(config: Any) -> Iterator[Named]:
    """All classes and functions that a serialised object names, itself included."""
    waiting: list[tuple[Any, str]] = [(config, "")]
    while waiting:
        value, layer = waiting.pop()
        if isinstance(value, list):
            waiting += [(one, layer) for one in reversed(value)]
        elif isinstance(value, dict):
            name, inner = value.get("class_name"), value.get("config")
            if isinstance(name, str) and "config" in value and name not in _VALUES:
                if isinstance(inner, dict) and isinstance(inner.get("name"), str):
                    layer = inner["name"]
                yield _named(name, value, layer)
            # Where a model is trained is looked at by itself.
            waiting += [
                (one, layer) for key, one in reversed(value.items()) if key != "compile_config"
            ]


def _named(name: str, value: dict[str, Any], layer: str) -> Named:
    if name == LAMBDA:
        return Named(LAMBDA, LAMBDA, True, True, layer)
    if name == "function":
        function = str(value["config"])
        own = function not in _BUILTIN_FUNCTIONS and is_own(value)
        return Named(function.rpartition(">")[2], function, True, own, layer)
    registered, inner = value.get("registered_name"), value["config"]
    return Named(
        name,
        str(registered or name),
        False,
        is_own(value),
        layer,
        package_of(value) in _IMPORTED,
        _policy(value),
        isinstance(inner, dict) and _is_lost(inner.get("activation")),
    )


def _is_lost(activation: Any) -> bool:
    """Whether an activation is of the form in which Keras writes a nameless function of Python."""
    return isinstance(activation, dict) and "class_name" not in activation


def _policy(value: dict[str, Any]) -> str:
    inner = value["config"]
    policy = inner.get("dtype") if isinstance(inner, dict) else None
    if isinstance(policy, dict) and isinstance(policy.get("config"), dict):
        policy = policy["config"].get("name")
    return policy if isinstance(policy, str) else ""
