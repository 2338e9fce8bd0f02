"""What a shell is told when it asks `prunelab` what may come next."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from prunelab.lab import Lab, RunConfig, RunWriter
from prunelab.schedules.catalog import KINDS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a lab of two runs, and files of several kinds."""
    folder = tmp_path_factory.mktemp("completion")
    for name in ("mine.npz", "mine.csv", "mine.keras", "mine.py", "notes.md"):
        (folder / name).touch()
    lab = Lab(folder / "lab")
    for name in ("first", "second"):
        RunWriter(lab, lab.add(RunConfig(None, name=name))).end("stopped")
    lab.close()
    return folder


def completed(folder: Path, line: str) -> list[str]:
    """What comes next in a line, as a shell asks for it; the answer comes through a file."""
    answer = folder / "answer"
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "prunelab"],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PRUNELAB_LAB": str(folder / "none"),
            "_ARGCOMPLETE": "1",
            "_ARGCOMPLETE_IFS": "\n",
            "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
            "COMP_LINE": line,
            "COMP_POINT": str(len(line)),
            "COMP_TYPE": "9",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert told.stdout == ""
    loaded = {part.rpartition("|")[2].strip() for part in told.stderr.splitlines()}
    assert not loaded & {"tensorflow", "keras", "plotly", "ipywidgets", "voila"}
    return [word.strip() for word in answer.read_text().splitlines()]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("prunelab me", {"metrics"}),
        ("prunelab metrics --e", {"--epochs"}),
        ("prunelab train --schedule ", {*KINDS, "none"}),
        ("prunelab plan --schedule poly", {"polynomial"}),
        ("prunelab train --schedule constant --set f", {"frequency="}),
        ("prunelab train --schedule none --set f", set()),
        ("prunelab train --dataset mi", {"mine.npz", "mine.csv"}),
        ("prunelab train --dataset d", {"digits"}),
        ("prunelab train --model ", {"mlp", "lenet-300-100", "cnn", "lab/", "mine.keras"}),
        ("prunelab train --module mi", {"mine.py"}),
        ("prunelab train --scale m", {"minmax"}),
        ("prunelab metrics --lab lab ", {"1", "2", "last"}),
        ("prunelab stop --lab lab 2", {"2"}),
        ("prunelab stop --lab mine.npz 2", set()),
        ("prunelab stop 2", set()),
    ],
)
def test_a_shell_is_told_what_may_come_next(line, words, folder):
    found = set(completed(folder, line))
    # Where a value may come, options may come as well.
    assert {word for word in found if not word.startswith("-") or "--e" in line} == words


def test_the_script_of_the_package_is_marked_for_the_completion_of_all_commands():
    import prunelab.cli as package

    for file in (package.__file__, Path(package.__file__).parents[1] / "__main__.py"):
        assert "PYTHON_ARGCOMPLETE_OK" in Path(file).read_text()[:1024]
