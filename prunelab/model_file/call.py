"""Text such as `SGD(momentum=0.9)`: a name with plain values, as options and fields take it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, NamedTuple

from prunelab.errors import UsageError

__all__ = ["Call", "call_text"]

_MAX_LENGTH = 500


class Call(NamedTuple):
    """A name, and values by the names of its parameters; nothing of it is run.

    Attributes:
        name: The name.
        values: Numbers, texts, booleans, None, and lists of these.
    """

    name: str
    values: dict[str, Any]

    @classmethod
    def read(cls, text: str, what: str, example: str) -> Call:
        """Reads `NAME` or `NAME(parameter=value, ...)`.

        Args:
            text: The text.
            what: The name of the option, for the error.
            example: A valid text, for the error.

        Raises:
            UsageError: for anything else.
        """
        try:
            if len(text) > _MAX_LENGTH:
                raise ValueError
            tree = ast.parse(text.strip(), mode="eval").body
            if isinstance(tree, ast.Name):
                return cls(tree.id, {})
            if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name)) or tree.args:
                raise ValueError
            values = {}
            for one in tree.keywords:
                if one.arg is None:
                    raise ValueError
                values[one.arg] = ast.literal_eval(one.value)
        except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
            raise UsageError(
                f"{what}={text[:_MAX_LENGTH]!r} is not of the form NAME or NAME(parameter=value): "
                f"use {example}, say"
            ) from error
        return cls(tree.func.id, values)


def call_text(name: str, values: Mapping[str, Any]) -> str:
    """The same as text: `NAME`, or `NAME(parameter=value, ...)`."""
    written = ", ".join(f"{key}={value!r}" for key, value in values.items())
    return f"{name}({written})" if written else name
