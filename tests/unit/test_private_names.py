"""Private names of other packages stand in the room that is for them, and nowhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import prunelab

ROOT = Path(prunelab.__file__).parent

# Each for what it is named after: Keras and TensorFlow, Voila.
ROOMS = ("keras_internals/", "server/")

# Public in spite of their first letter: Python's documented functions, and methods of named tuples.
PUBLIC = {"os._exit", "sys._getframe", "_replace", "_asdict"}

# What other packages keep to themselves and is used all the same, by the room that uses it.
EXCEPTIONS = {
    "cli": {
        # Where a command's options and their values are listed has no public name.
        "command._actions",
        "root._actions",
        "argparse._SubParsersAction",
        # The types of groups of options, for annotations.
        "argparse._ArgumentGroup",
        "argparse._MutuallyExclusiveGroup",
    },
}

PRIVATE = re.compile(r"_[A-Za-z]\w+")


def _modules() -> list[str]:
    files = (file.relative_to(ROOT).as_posix() for file in sorted(ROOT.rglob("*.py")))
    return [file for file in files if not file.startswith(ROOMS)]


def _own(tree: ast.AST) -> set[str]:
    """The private names that a module itself gives, to names and to attributes of `self`."""
    own = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            own.add(node.name)
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and ast.unparse(node.value) == "self"
        ):
            own.add(node.attr)
    return own


def _foreign(source: str) -> Iterator[str]:
    """What a module touches that is private to another package."""
    tree = ast.parse(source)
    own = _own(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            used = ast.unparse(node)
            if used in ("keras.src", "tensorflow.python", "tf.python") or (
                PRIVATE.fullmatch(node.attr)
                and node.attr not in own
                and ast.unparse(node.value) not in ("self", "cls")
                and not {used, node.attr} & PUBLIC
            ):
                yield used
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None)
            names = [f"{module}.{one.name}" if module else one.name for one in node.names]
            yield from (
                name
                for name in names
                if name.startswith(("keras.src", "tensorflow.python"))
                or any(map(PRIVATE.fullmatch, name.split(".")))
            )
        elif isinstance(node, ast.Call) and len(node.args) > 1:
            # `getattr(layer, "_kernel")` and its like, and what replaces a method by its name.
            yield from (
                f"{ast.unparse(node.func)}: {part.value}"
                for part in node.args
                if isinstance(part, ast.Constant)
                and isinstance(part.value, str)
                and PRIVATE.fullmatch(part.value)
                and part.value not in own
            )


def _found() -> dict[str, set[str]]:
    """What is touched outside of the rooms, by module."""
    return {file: set(_foreign((ROOT / file).read_text(encoding="utf-8"))) for file in _modules()}


def test_no_module_touches_what_is_private_to_another_package() -> None:
    found = {
        file: names - EXCEPTIONS.get(file.split("/")[0], set()) for file, names in _found().items()
    }
    assert {file: names for file, names in found.items() if names} == {}


def test_every_exception_is_used() -> None:
    used = {(file.split("/")[0], name) for file, names in _found().items() for name in names}
    assert {(room, name) for room, names in EXCEPTIONS.items() for name in names} <= used


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("model._flatten_layers()", "model._flatten_layers"),
        ("getattr(layer, '_kernel', None)", "getattr: _kernel"),
        ("patch.put('_make_function', work)", "patch.put: _make_function"),
        ("from keras.src.utils import tracking", "keras.src.utils.tracking"),
        ("import tensorflow.python.eager", "tensorflow.python.eager"),
        ("from voila.app import _pools", "voila.app._pools"),
        ("keras.src.backend", "keras.src"),
    ],
)
def test_it_is_found_however_it_is_touched(source: str, found: str) -> None:
    assert list(_foreign(source)) == [found]


def test_what_is_a_module_s_own_is_no_finding() -> None:
    source = "class A:\n  def f(self, other):\n    self._a = other._a\n    getattr(other, '_a')"
    assert list(_foreign(source)) == []
