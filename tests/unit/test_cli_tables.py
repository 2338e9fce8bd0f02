"""The tables of the command line, at every width of a terminal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from prunelab.cli import main
from prunelab.cli.tables.layout import Column, fitted
from prunelab.cli.tables.terminal_text import cut, pad, printable, width, wrapped
from prunelab.lab import Lab, RunConfig, RunWriter
from prunelab.schedules import ConstantSparsity, PolynomialDecay

NAME = "caf\u00e9 \u2713 \U0001f600"
WIDE = "\u65e5\u672c\u8a9e\u306e\u9577\u3044\u540d\u524d\u306e\u5b9f\u884c"


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """Runs that differ in their schedules, a learning rate and a batch size; one failed."""
    store = Lab(tmp_path / "lab")
    decay = PolynomialDecay(0, 0.875, 216, 864)
    configs = [
        RunConfig(decay),
        RunConfig(decay, learning_rate=0.01),
        RunConfig(PolynomialDecay(0, 0.875, 100, 864)),
        RunConfig(ConstantSparsity(0.5, 0), name=WIDE),
        RunConfig(None, batch_size=64),
    ]
    for config in configs:
        journal = RunWriter(store, store.add(config))
        journal.begin()
        sizes = {"keras": 100, "keras_gzip": 50}
        journal.end("finished", sparsity=0.5, test_accuracy=0.9, test_loss=0.1, sizes=sizes)
    RunWriter(store, store.add(RunConfig(None, name="two\nlines"))).end("failed", error="it broke")
    store.close()
    return store.folder


def shown(lab: Path, command: str, most: int | None, monkeypatch, capsys) -> list[str]:
    monkeypatch.setattr("prunelab.cli.tables.layout.terminal_width", lambda: most)
    assert main([command, "--lab", str(lab)]) == 0
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("command", ["runs", "compare"])
@pytest.mark.parametrize("most", [40, 60, 80, 120, 200])
def test_a_table_fits_its_terminal_and_no_two_runs_look_alike(
    command, most, lab, monkeypatch, capsys
):
    lines = shown(lab, command, most, monkeypatch, capsys)
    assert max(map(width, lines)) <= most
    text = " ".join(line.strip() for line in lines)
    for told in ("begin_step=216", "begin_step=100", "0.01", "64"):
        assert told in text


@pytest.mark.parametrize("command", ["runs", "compare"])
def test_a_file_gets_all_of_it_one_line_a_row(command, lab, monkeypatch, capsys):
    head, *rows = shown(lab, command, None, monkeypatch, capsys)
    assert len(rows) == {"runs": 6, "compare": 5}[command]
    assert len(set(row.strip() for row in rows)) == len(rows)
    assert {"schedule", "learning_rate", "batch_size", "dataset", "model"} <= set(head.split())
    assert any(str(PolynomialDecay(0, 0.875, 216, 864).get_config()["config"]["power"]) in row
               for row in rows)  # fmt: skip


def test_a_name_of_two_lines_takes_one(lab, monkeypatch, capsys):
    lines = shown(lab, "runs", None, monkeypatch, capsys)
    assert any(r"two\nlines" in line for line in lines)


def test_a_name_in_another_encoding_is_stored_with_its_bytes_as_escapes(
    tmp_path, monkeypatch, capsys
):
    store = Lab(tmp_path / "lab")
    store.add(RunConfig(None, name="caf\udce9"))  # As Python hands on what is no UTF-8.
    lines = shown(store.folder, "runs", None, monkeypatch, capsys)
    assert r"caf\udce9" in lines[1]


def test_columns_that_are_the_same_for_all_are_not_there(tmp_path, monkeypatch, capsys):
    store = Lab(tmp_path / "lab")
    for seed in range(2):
        RunWriter(store, store.add(RunConfig(None, seed=seed))).end("failed", error="it broke")
    head, *_ = shown(store.folder, "runs", None, monkeypatch, capsys)
    assert head.split() == ["run", "name", "state", "dataset", "model", "seed", "step",
                            "sparsity", "accuracy", "gzip", "error"]  # fmt: skip


def test_columns_needed_least_are_left_out_first_and_named():
    columns = [
        Column("run", ["1", "2"], right=True),
        Column("name", ["a long name", "b"], least=4),
        Column("size", ["1,000,000", "2"], needed=1),
        Column("accuracy", ["90%", "91%"], needed=2),
    ]
    assert fitted(columns, 28).splitlines()[:3] == [
        "run  name         accuracy",
        "  1  a long name  90%",
        "  2  b            91%",
    ]
    assert fitted(columns, 28).splitlines()[3].startswith("(no room for size:")
    assert fitted(columns, 19).splitlines()[1] == "  1  a...  90%"


def test_the_width_is_that_of_the_terminal_and_none_where_there_is_none(lab):
    """In a terminal of its own, as the system says."""
    import fcntl
    import struct
    import subprocess
    import sys
    import termios

    ours, its = os.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 66, 0, 0))
    variables = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    with os.fdopen(ours, "rb", buffering=0) as reading:
        process = subprocess.Popen(
            [sys.executable, "-m", "prunelab", "compare", "--lab", str(lab)],
            stdout=its,
            env={**variables, "PYTHONIOENCODING": "utf-8"},
        )
        os.close(its)
        told = b""
        while part := _read(reading):
            told += part
        assert process.wait(300) == 0
    lines = told.decode().splitlines()
    assert 50 < max(map(width, lines)) <= 66


def _read(reading) -> bytes:
    try:
        return reading.read(65_536)
    except OSError:  # Linux tells the end of a terminal by an error.
        return b""


def test_cells_are_as_wide_as_a_terminal_shows_them():
    assert printable("a\nb\x1b[31m\u202e\udcff") == r"a\nb\x1b[31m\u202e\udcff"
    assert printable(NAME) == NAME
    assert [width(text) for text in ("abc", "\u65e5\u672c", "e\u0301", NAME)] == [3, 4, 1, 9]
    assert cut("PolynomialDecay", 10) == "Polynom..."
    assert cut("\u65e5\u672c\u8a9e\u65e5\u672c", 6) == "\u65e5..."
    assert [width(pad(text, 8, right=True)) for text in ("abc", "\u65e5")] == [8, 8]
    assert wrapped("one three, \u65e5\u672c\u8a9e\u65e5 b", 6) == [
        "one",
        "three,",
        "\u65e5\u672c\u8a9e",
        "\u65e5 b",
    ]
