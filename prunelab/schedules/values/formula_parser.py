"""Formulas of one variable, read from text and computed without running any of it.

The text is parsed to Python's syntax tree, which is only looked at: what is not in the list of
allowed nodes is refused, and the rest becomes a tree of `formula_tree`.
"""

from __future__ import annotations

import ast
import re
from functools import reduce

import numpy as np

from prunelab.errors import UsageError
from prunelab.schedules.values.formula_tree import Node

__all__ = ["parse"]

_MOST_LETTERS = 500
_MOST_DEPTH = 50
_MOST_SHOWN = 40

# What Python's parser warns of on the screen: a number that runs into a word such as `if`.
_NUMBER_THEN_WORD = re.compile(
    r"(?<!\w)(?:0[xX][0-9a-fA-F_]+"
    r"|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9_]+)(?:[eE][+-]?[0-9_]+)?[jJ]?"
    r"|0[bBoO][0-7_]+)"
    r"(?=(and|else|for|if|in|is|not|or))"
)


_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
_FUNCTIONS = [
    "sin",
    "cos",
    "tan",
    "exp",
    "log",
    "sqrt",
    "abs",
    "min",
    "max",
    "floor",
    "ceil",
    "round",
    "where",
]
_ARGUMENTS = {"where": (3, 3), "min": (2, 20), "max": (2, 20)}
_CONSTANTS = {"pi": np.pi, "e": np.e}


def parse(text: str, name: str = "formula") -> Node:
    """Reads a formula of `p`, such as "0.9*(1-(1-p)^3)".

    Args:
        text: Numbers, `p`, `pi`, `e`, + - * / ^ (or **, a power), parentheses, sin cos tan exp log
            sqrt abs min max floor ceil round, and `where(p < 0.5, a, b)`; at most 500 letters.
        name: The parameter's name, for the error.

    Raises:
        UsageError: for anything else, with the place.
    """
    if not isinstance(text, str) or not text.strip():
        raise UsageError(f"{name}={text!r} is not a formula: use one such as 0.9*(1-(1-p)^3)")
    if len(text) > _MOST_LETTERS:
        raise UsageError(f"{name} has {len(text)} letters: use at most {_MOST_LETTERS}")
    for place, letter in enumerate(text, start=1):
        # A backslash has no meaning here; within quotes the parser would warn of it.
        plain_letter = letter.isascii() and (letter.isprintable() or letter.isspace())
        if not plain_letter or letter == "\\":
            raise UsageError(
                f"{name}: {letter!r} at letter {place} is not understood: use plain letters, "
                "digits and + - * / ^"
            )
    # In Python's own grammar ^ binds weaker than +; as ** it is the power that people mean.
    # A formula may be typed on several lines.
    plain = " ".join(text.split())
    if (glued := _NUMBER_THEN_WORD.search(plain)) is not None:
        raise UsageError(
            f"{name}: letter {glued.end() + 1}: {glued[1]!r} follows a number: "
            "write it such as 0.9*(1-(1-p)^3)"
        )
    try:
        tree = ast.parse(plain.replace("^", "**"), mode="eval")
    except SyntaxError as error:
        raise UsageError(f"{name}: {_place(plain, error.offset)}: {_reason(error)}") from None
    except (ValueError, RecursionError, MemoryError):
        raise UsageError(f"{name}={plain!r} is nested too deep: use a shorter one") from None
    return _Reader(plain, name).read(tree.body)


class _Reader:
    """Turns Python's syntax tree into nodes, and refuses what is not in the list."""

    def __init__(self, text: str, name: str) -> None:
        self._text, self._name = text, name

    def read(self, tree: ast.AST, depth: int = 1) -> Node:
        if depth > _MOST_DEPTH:
            raise UsageError(f"{self._name}={self._text!r} is nested too deep: use a shorter one")
        if isinstance(tree, ast.Constant):
            return self._number(tree)
        if isinstance(tree, ast.Name):
            return self._named(tree)
        if isinstance(tree, ast.BinOp) and type(tree.op) in _OPERATORS:
            parts = self.read(tree.left, depth + 1), self.read(tree.right, depth + 1)
            return Node(_OPERATORS[type(tree.op)], parts=parts)
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub | ast.UAdd):
            inner = self.read(tree.operand, depth + 1)
            return Node("negative", parts=(inner,)) if isinstance(tree.op, ast.USub) else inner
        if isinstance(tree, ast.Call):
            return self._call(tree, depth)
        if isinstance(tree, ast.Compare):
            raise self._refused(tree, "a comparison belongs into where(p < 0.5, a, b)")
        raise self._refused(tree, "is not understood: use numbers, p, + - * / ^ and functions")

    def _number(self, tree: ast.Constant) -> Node:
        if isinstance(tree.value, bool) or not isinstance(tree.value, int | float):
            raise self._refused(tree, "is not a number")
        try:
            number = float(tree.value)
        except OverflowError:
            number = np.inf
        if not np.isfinite(number):
            raise self._refused(tree, "is too large a number")
        return Node("number", number)

    def _named(self, tree: ast.Name) -> Node:
        if tree.id == "p":
            return Node("p")
        if tree.id in _CONSTANTS:
            return Node("number", _CONSTANTS[tree.id])
        if tree.id in _FUNCTIONS:
            raise self._refused(tree, f"needs arguments: use {tree.id}(p), say")
        raise self._refused(tree, "is not known: use p, the progress from 0 to 1, or pi or e")

    def _call(self, tree: ast.Call, depth: int) -> Node:
        function = tree.func
        if not isinstance(function, ast.Name) or function.id not in _FUNCTIONS:
            raise self._refused(function, f"is not a function: use one of {', '.join(_FUNCTIONS)}")
        if tree.keywords:
            raise self._refused(tree, "arguments have no names here")
        least, most = _ARGUMENTS.get(function.id, (1, 1))
        if not least <= len(tree.args) <= most:
            count = f"{least}" if least == most else f"{least} to {most}"
            raise self._refused(tree, f"{function.id} takes {count}, not {len(tree.args)}")
        if function.id != "where":
            return Node(function.id, parts=tuple(self.read(one, depth + 1) for one in tree.args))
        condition = self._condition(tree.args[0], depth + 1)
        rest = [self.read(one, depth + 1) for one in tree.args[1:]]
        return Node("where", parts=(condition, *rest))

    def _condition(self, tree: ast.AST, depth: int) -> Node:
        if not isinstance(tree, ast.Compare):
            raise self._refused(tree, "is not a comparison: use where(p < 0.5, a, b)")
        sides = [self.read(one, depth + 1) for one in (tree.left, *tree.comparators)]
        found = []
        for place, kind in enumerate(tree.ops):
            if type(kind) not in _OPERATORS:
                raise self._refused(tree, "is not a comparison of numbers: use < <= > >= == !=")
            found.append(Node(_OPERATORS[type(kind)], parts=(sides[place], sides[place + 1])))
        return reduce(lambda a, b: Node("and", parts=(a, b)), found)

    def _refused(self, tree: ast.AST, why: str) -> UsageError:
        start = getattr(tree, "col_offset", 0)
        end = getattr(tree, "end_col_offset", None)
        part = self._text.replace("^", "**")[start:end].replace("**", "^")
        part = part if len(part) <= _MOST_SHOWN else part[:_MOST_SHOWN] + "..."
        return UsageError(f"{self._name}: {_place(self._text, start + 1)}: {part!r} {why}")


def _place(text: str, offset: int | None) -> str:
    """Where a letter of the text with ** for ^ is in the text that was typed."""
    if not offset:
        return "at its end"
    left = offset
    for place, letter in enumerate(text, start=1):
        left -= 2 if letter == "^" else 1
        if left <= 0:
            return f"letter {place}"
    return "at its end"


def _reason(error: SyntaxError) -> str:
    """Python's own words, where they help."""
    words = error.msg.split(".")[0]
    return f"{words}: write it such as 0.9*(1-(1-p)^3)"
