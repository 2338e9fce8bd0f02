"""The classes and functions that a serialised model names, and which of them are custom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from prunelab.model_file.keras_names import ACTIVATIONS, METRIC_FUNCTIONS, is_custom, package_of
from prunelab.model_file.losses import LOSS_NAMES

__all__ = ["LAMBDA", "NamedObject", "named_objects"]

LAMBDA = "__lambda__"

_BUILTIN_FUNCTIONS = ACTIVATIONS | METRIC_FUNCTIONS | LOSS_NAMES
_IMPORTED = ("keras_hub", "keras_nlp", "keras_cv")
# Values that are serialised like objects.
_VALUES = ("__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__")


@dataclass(frozen=True)
class NamedObject:
    """A class or function that a file names.

    Attributes:
        name: Its own name; `LAMBDA` for a lambda, whose code is in the file.
        registered: The name it was registered under, such as `package>name`; else its own.
        function: Whether it is a function.
        custom: Whether it is not of Keras, but of its author's code.
        layer: Name of the innermost layer (or the like) that it is or belongs to.
        imported_by_keras: Whether it is of a package that Keras imports by itself.
        dtype_policy: Such as "float32"; empty where it has none.
        lost_activation: Whether it has an activation that Keras saved without its content.
    """

    name: str
    registered: str
    function: bool
    custom: bool
    layer: str
    imported_by_keras: bool = False
    dtype_policy: str = ""
    lost_activation: bool = False

    def description(self) -> str:
        """A text for errors."""
        what = f"function {self.name!r}" if self.function else f"class {self.name!r}"
        if self.name == LAMBDA:
            what = "a lambda"
        return f"{what} (in {self.layer!r})" if self.layer else what


def named_objects(config: Any) -> Iterator[NamedObject]:
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
            # `compile_config` is read separately.
            waiting += [
                (one, layer) for key, one in reversed(value.items()) if key != "compile_config"
            ]


def _named(name: str, value: dict[str, Any], layer: str) -> NamedObject:
    if name == LAMBDA:
        return NamedObject(LAMBDA, LAMBDA, True, True, layer)
    if name == "function":
        function = str(value["config"])
        custom = function not in _BUILTIN_FUNCTIONS and is_custom(value)
        return NamedObject(function.rpartition(">")[2], function, True, custom, layer)
    registered, inner = value.get("registered_name"), value["config"]
    return NamedObject(
        name,
        str(registered or name),
        False,
        is_custom(value),
        layer,
        package_of(value) in _IMPORTED,
        _dtype_policy(value),
        isinstance(inner, dict) and _is_lost(inner.get("activation")),
    )


def _is_lost(activation: Any) -> bool:
    """Whether an activation is of the form in which Keras saves a lambda."""
    return isinstance(activation, dict) and "class_name" not in activation


def _dtype_policy(value: dict[str, Any]) -> str:
    inner = value["config"]
    dtype_policy = inner.get("dtype") if isinstance(inner, dict) else None
    if isinstance(dtype_policy, dict) and isinstance(dtype_policy.get("config"), dict):
        dtype_policy = dtype_policy["config"].get("name")
    return dtype_policy if isinstance(dtype_policy, str) else ""
