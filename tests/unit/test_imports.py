"""What importing costs: TensorFlow and the plotting libraries only where they are used."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

TENSORFLOW = {"tensorflow", "keras", "tf_keras", "tensorflow_model_optimization"}
VIEW = {"plotly", "pandas", "ipywidgets", "sklearn"}


def _loaded_by(statement: str) -> set[str]:
    """Top-level packages that a fresh interpreter has loaded after a statement."""
    told = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in told.stdout.split()}


@pytest.mark.parametrize(
    "module",
    [
        name
        for name in (
            "prunelab.plan",
            "prunelab.plan.diagnostics",
            "prunelab.data",
            "prunelab.model_file",
            "prunelab.pruning.selection",
            "prunelab.lab",
            "prunelab.scene",
            "prunelab.takeaway",
            "prunelab.saved",
            "prunelab.training.__main__",
            "prunelab.cli",
            "prunelab.ui",
        )
        if find_spec(name) is not None
    ],
)
def test_importing_it_loads_no_tensorflow(module: str) -> None:
    assert not _loaded_by(f"import {module}") & TENSORFLOW


def test_importing_prunelab_loads_neither_tensorflow_nor_the_views() -> None:
    assert not _loaded_by("import prunelab") & (TENSORFLOW | VIEW)


def test_the_schedules_need_numpy_alone() -> None:
    loaded = _loaded_by("from prunelab import PolynomialDecay, ConstantSparsity, Plan")
    assert not loaded & (TENSORFLOW | VIEW)


def test_a_name_that_prunelab_does_not_have_is_an_attribute_error() -> None:
    import prunelab

    with pytest.raises(AttributeError, match="no attribute 'Pruner'"):
        _ = prunelab.Pruner
