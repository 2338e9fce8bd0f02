"""Who may import whom: the rooms of the project in their order, and what importing costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import prunelab

ROOT = Path(prunelab.__file__).parent

# Every package and loose module below `prunelab`, each importing from the ones above it alone; a
# package may also import its own parts.
ROOMS = [
    "errors",
    "user_files",
    "schedules",
    "schedules.values",
    "schedules.kinds",
    "schedules.catalog",
    "schedules.serialization",
    "plan",
    "plan.diagnostics",
    "explorer",
    "data",
    "data.formats",
    "model_file",
    "keras_internals",
    "pruning.masks",
    "pruning",
    "pruning.layers",
    "pruning.checkpoint",
    "pruning.checks",
    "pruning.session",
    "pruning.tensorflow_backend",
    "lab",
    "lab.store",
    "lab.processes",
    "training",
    "training.recording",
    "plots",
    "ui.common",
    "ui",
    "ui.schedule",
    "ui.runs",
    "server",
    "server.kernels",
    "server.websocket",
    "cli",
    "cli.tables",
    "cli.arguments",
    "__main__",
]

# The rooms, and single modules of other rooms, that load TensorFlow as they are imported, most of
# them because they extend a class of Keras; no other module does.
WITH_TENSORFLOW = {
    "keras_internals",
    "pruning.callback",
    "pruning.checkpoint.resuming",
    "pruning.tensorboard",
    "pruning.tensorflow_backend",
    "training",
    "training.recording",
}

TENSORFLOW = {"tensorflow", "keras", "tf_keras", "tensorflow_model_optimization"}
VIEWS = {"plotly", "pandas", "ipywidgets", "sklearn"}


def _name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {_name(file): file for file in sorted(ROOT.rglob("*.py"))}


def _room(module: str) -> str | None:
    """The longest entry of `ROOMS` that the module is or lies in, if its folder is listed."""
    if module in ROOMS:
        return module
    folder = module.rpartition(".")[0]
    return folder if folder in ROOMS else None


def _imported(module: str) -> Iterator[str]:
    """The full names that a module imports, within functions as well."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if node in skipped or _is_for_types(node):
            skipped.update(ast.iter_child_nodes(node))
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, (
                f"{module} imports by dots; the project's one way is a full name"
            )
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _own(name: str) -> str | None:
    """The module of the project that an imported name is or is in."""
    if not name.startswith("prunelab."):
        return None
    name = name.removeprefix("prunelab.")
    found = name if name in MODULES else name.rpartition(".")[0]
    return found if found in MODULES and found else None


def _loaded_by(statement: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after a statement."""
    told = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(told.stdout.split())


def _packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def test_every_module_stands_in_a_room_that_is_listed_and_every_room_is_there() -> None:
    homeless = [module for module in MODULES if module and _room(module) is None]
    assert homeless == []
    assert [room for room in ROOMS if room not in MODULES] == []


@pytest.mark.parametrize("module", [module for module in MODULES if module])
def test_a_module_imports_from_rooms_above_its_own(module: str) -> None:
    room = _room(module)
    assert room is not None
    upward = [
        name
        for name in map(_own, _imported(module))
        if name is not None
        and ROOMS.index(other := _room(name) or "") > ROOMS.index(room)
        and not other.startswith(f"{room}.")
    ]
    assert upward == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {
        module: {name for name in map(_own, _imported(module)) if name and name != module}
        for module in MODULES
    }
    # It raises CycleError, which names the circle.
    assert len(list(TopologicalSorter(graph).static_order())) == len(MODULES)


def test_the_other_rooms_are_imported_without_tensorflow() -> None:
    pure = [
        f"prunelab.{module}"
        for module in MODULES
        if module and module != "__main__" and not {module, _room(module)} & WITH_TENSORFLOW
    ]
    loaded = _loaded_by("\n".join(f"import {module}" for module in pure))
    assert set(pure) <= loaded
    assert not _packages(loaded) & TENSORFLOW


@pytest.mark.parametrize("module", ["pruning", "training", "training.__main__"])
def test_what_is_asked_for_training_loads_tensorflow_later(module: str) -> None:
    assert not _packages(_loaded_by(f"import prunelab.{module}")) & TENSORFLOW


def test_importing_prunelab_loads_neither_tensorflow_nor_the_views() -> None:
    assert not _packages(_loaded_by("import prunelab")) & (TENSORFLOW | VIEWS)


def test_the_schedules_need_numpy_alone() -> None:
    loaded = _packages(_loaded_by("from prunelab import PolynomialDecay, ConstantSparsity, Plan"))
    assert not loaded & (TENSORFLOW | VIEWS)


def test_a_name_that_prunelab_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Pruner'"):
        _ = prunelab.Pruner
