"""Formulas of one variable as trees, and their values in float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Node", "value_of"]

# Whole powers up to this are products, some ten times as fast as a power.
_MOST_PRODUCTS = 16

_COMPUTE: dict[str, Callable[..., Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.true_divide, "negative": np.negative,
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
    "==": np.equal, "!=": np.not_equal, "and": np.logical_and,
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "exp": np.exp, "log": np.log, "sqrt": np.sqrt,
    "abs": np.abs, "floor": np.floor, "ceil": np.ceil, "round": np.round, "where": np.where,
    "min": lambda *parts: reduce(np.minimum, parts),
    "max": lambda *parts: reduce(np.maximum, parts),
}  # fmt: skip


@dataclass(frozen=True)
class Node:
    """A part of a formula.

    Attributes:
        what: "number", "p", or the name of what is computed.
        number: The value of a number.
        parts: What it is computed from.
    """

    what: str
    number: float = 0.0
    parts: tuple[Node, ...] = ()


def value_of(node: Node, p: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Computes a formula.

    Args:
        node: What `parse` gave.
        p: Values of `p`, any shape.

    Returns:
        float64 of the shape of `p`; NaN or infinite where it has no value.
    """
    with np.errstate(all="ignore"):
        return np.array(np.broadcast_to(_compute(node, p), p.shape), dtype=np.float64)


def _compute(node: Node, p: npt.NDArray[np.float64]) -> Any:
    if node.what == "p":
        return p
    if node.what == "number":
        return np.float64(node.number)
    if node.what == "^":
        base, power = (_compute(part, p) for part in node.parts)
        exponent = node.parts[1].number if node.parts[1].what == "number" else 0.5
        if exponent in range(1, _MOST_PRODUCTS + 1):
            return _product(base, int(exponent))
        return np.power(base, power)
    return _COMPUTE[node.what](*(_compute(part, p) for part in node.parts))


def _product(base: Any, count: int) -> Any:
    """`base` to a whole power of at least 1, by squares."""
    if count == 1:
        return base
    half = _product(base, count // 2)
    return half * half * base if count % 2 else half * half
