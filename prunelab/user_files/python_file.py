"""Python files of the user's own: looked at, and run where they are given on purpose."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from prunelab.errors import UsageError
from prunelab.user_files.paths import absolute, is_file

__all__ = ["check_python_file", "run_python_file"]


def check_python_file(written: str) -> Path:
    """The absolute path of a Python file, which is read but not run.

    Raises:
        UsageError: where there is none, or it holds no Python.
    """
    path = absolute(written)
    if path.suffix != ".py" or not is_file(path):
        raise UsageError(f"module {written!r} is no Python file: give the path of a FILE.py")
    try:
        ast.parse(path.read_bytes(), str(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = f"line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else error
        raise UsageError(f"module {path} is not Python ({line}): mend it") from error
    except OSError as error:
        raise UsageError(
            f"module {path} cannot be read: {error.strerror}, check its permissions"
        ) from error
    return path


def run_python_file(path: Path) -> ModuleType:
    """Runs a Python file as a module, which may import the files beside it.

    Raises:
        Exception: whatever the file raises; one that ends the interpreter, as an ImportError.
    """
    spec = importlib.util.spec_from_file_location(f"prunelab_own_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by its name.
    sys.modules[spec.name] = module
    # At the end, so that nothing there stands in for what others import.
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.append(folder)
    try:
        spec.loader.exec_module(module)
    except SystemExit as error:
        raise ImportError(f"it ends the interpreter (exit {error.code})") from error
    return module
