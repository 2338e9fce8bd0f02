"""What a command does where its output may not be written, or knows few letters."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from prunelab.cli import main
from prunelab.lab import Lab, RunConfig, RunWriter, StepRow

COMMANDS = ["--help", "--version", "train --help", "runs", "runs --json", "plan", "plan --json",
            "metrics 1",
            "metrics 1 --csv", "compare", "compare --json", "compare --csv", "stop 1"]  # fmt: skip
NAME = "caf\u00e9 \u2713 \U0001f600"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lab with one finished run of many steps, whose name is in few encodings."""
    folder = tmp_path_factory.mktemp("output") / "lab"
    store = Lab(folder)
    journal = RunWriter(store, store.add(RunConfig(None, name=NAME)))
    journal.begin()
    journal.write([StepRow(n, 1, 2.5, 0.5, 0.0, 0.0, n / 10) for n in range(1, 2001)], [])
    sizes = {"keras": 100, "keras_gzip": 50}
    journal.end("finished", sparsity=0.5, test_accuracy=0.9, test_loss=0.1, sizes=sizes)
    store.close()
    return folder


def shell(
    lab: Path, words: str, redirect: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """`prunelab WORDS`, redirected by a shell."""
    command = f"{shlex.quote(sys.executable)} -m prunelab {words} {redirect}"
    return subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "PRUNELAB_LAB": str(lab), **variables},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize("words", COMMANDS)
def test_a_full_disk_behind_the_output_is_told_in_a_line(words, lab):
    done = shell(lab, words, ">/dev/full")
    assert done.returncode == 2
    assert done.stderr == (
        "prunelab: the output cannot be written (No space left on device): send it elsewhere\n"
    )


@pytest.mark.parametrize("words", ["--version", "runs", "metrics 1"])
def test_closed_outputs_leave_no_traceback(words, lab):
    done = shell(lab, words, ">&-")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "prunelab: the output cannot be written (it is closed): send it elsewhere\n"
    )
    assert shell(lab, words, "<&- >&- 2>&-").returncode == 2
    told = shell(lab, words, "2>&-")
    assert told.returncode == 0
    assert told.stdout == shell(lab, words, "").stdout


def test_an_error_that_cannot_be_told_has_its_exit_code_all_the_same(lab):
    for redirect in ("2>&-", "2>/dev/full"):
        done = shell(lab, "metrics 7", redirect)
        assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


@pytest.mark.parametrize("words", ["--help", "metrics 1", "metrics 1 --csv"])
def test_a_reader_that_has_seen_enough_ends_a_command_in_good_order(words, lab):
    done = shell(lab, words, "| head -1; exit ${PIPESTATUS[0]}")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1


def test_a_terminal_with_few_letters_shows_the_others_as_escapes(lab):
    ascii_only = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}
    done = shell(lab, "runs", "", **ascii_only)
    assert (done.returncode, done.stderr) == (0, "")
    assert r"caf\xe9 \u2713 \U0001f600" in done.stdout
    assert NAME in shell(lab, "runs", "", PYTHONIOENCODING="utf-8").stdout


def test_ctrl_c_while_a_command_is_read_is_quiet(monkeypatch, capsys):
    def interrupted():
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("prunelab.cli.arguments.parser.parser", interrupted)
    # A shell has its jobs in the background ignore SIGINT, and so pytest may.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert main(["runs"]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr() == ("", "")
