"""What is damaged in a lab costs itself alone, and is told."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from prunelab import ConstantSparsity, Lab, RunConfig, UsageError
from prunelab.cli import main
from prunelab.lab import RunWriter, StepRow, compare
from prunelab.ui import Dashboard, FrontierView, TrainingMonitor

CONFIG = RunConfig(ConstantSparsity(0.5, 0), epochs=2)
SIZES = {"keras": 10, "keras_gzip": 5}


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Three finished runs of different seeds."""
    lab = Lab(tmp_path / "lab")
    for seed in range(3):
        writer = RunWriter(lab, lab.add(RunConfig(ConstantSparsity(0.5, 0), epochs=2, seed=seed)))
        writer.begin()
        writer.write([StepRow(step, 1, 0.5, 0.5, 0.2, 0.1, step / 10) for step in (1, 2, 3)], [])
        writer.write_epoch(1, 3, 0.5, 0.5)
        writer.end("finished", sparsity=0.5, test_accuracy=0.9, test_loss=0.3, sizes=SIZES)
    return lab


def _set(lab: Lab, column: str, value: Any) -> None:
    with lab.writing() as connection:
        connection.execute(f"UPDATE runs SET {column} = ? WHERE id = 2", (value,))


DAMAGE = {
    "schedule that is no JSON": ("schedule", "{"),
    "schedule that is a list": ("schedule", "[1, 2]"),
    "schedule without a class": ("schedule", '{"config": {}}'),
    "schedule with a number for a config": ("schedule", '{"class_name": "A", "config": 3}'),
    "schedule nested without an end": ("schedule", "[" * 100_000),
    "schedule with NaN": ("schedule", '{"class_name": "A", "config": {"a": NaN}}'),
    "schedule that is bytes": ("schedule", b"\xff\xfe"),
    "sizes that are no JSON": ("bytes", "nothing"),
    "sizes that are texts": ("bytes", '{"keras_gzip": "5"}'),
    "sizes below 0": ("bytes", '{"keras_gzip": -5}'),
    "details that are no JSON": ("details", "}"),
    "details that are a number": ("details", "7"),
    "a name that is bytes": ("name", b"\x00\x01"),
    "a state that there is none of": ("state", "<b>done</b>"),
    "a text for a seed": ("seed", "<img src=x>"),
    "a fraction for a seed": ("seed", 0.5),
    "a text for epochs": ("epochs", "two"),
    "steps below 0": ("steps", -72),
    "a text for steps": ("steps_done", "all"),
    "an infinite sparsity": ("sparsity", float("inf")),
    "an accuracy above 1": ("test_accuracy", 90.0),
    "a text for an accuracy": ("test_accuracy", "good"),
    "an infinite loss": ("test_loss", float("-inf")),
    "a time that no calendar has": ("created", 1e300),
    "a text for a time": ("started", "yesterday"),
    "a time below 0": ("ended", -5.0),
    "an error that is bytes": ("error", b"\x80"),
}


@pytest.mark.parametrize(("column", "value"), DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_row_costs_itself_alone(column, value, lab, capsys):
    _set(lab, column, value)
    runs = lab.runs()
    assert [run.id for run in runs] == [3, 2, 1]
    assert [run.damaged for run in runs] == [False, True, False]
    assert f"its row in the lab is damaged: {column}=" in str(runs[1].error)
    assert str(runs[1].error).count(f"{column}=") == 1
    assert "\n" not in str(runs[1].error)
    assert len(str(runs[1].error)) < 200
    assert compare(runs)["seeds"].tolist() == [2]
    assert not lab.stop(2).active
    # Every way to show them.
    where = ["--lab", str(lab.folder)]
    assert main(["runs", *where]) == 0
    assert main(["compare", *where]) == 0
    capsys.readouterr()
    assert main(["runs", "--json", *where]) == 0
    told = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert [run["id"] for run in told] == [3, 2, 1]
    assert Dashboard(lab).poller.line.value == ""


def test_a_worker_s_columns_that_are_damaged_leave_an_active_run_interrupted(lab):
    for column, value in (("pid", "many"), ("heartbeat", "often"), ("born", b"\x00")):
        number = RunWriter(lab, lab.add(CONFIG)).run
        with lab.writing() as connection:
            connection.execute(f"UPDATE runs SET {column} = ? WHERE id = ?", (value, number))
            connection.execute("UPDATE runs SET boot = NULL WHERE id = ?", (number,))
        assert lab.run(number).state in ("interrupted", "queued")
    assert len(lab.runs()) == 6


def test_control_characters_of_a_lab_reach_no_terminal(lab, capsys):
    _set(lab, "name", "first\x1b[2J\nsecond\x07")
    assert main(["runs", "--lab", str(lab.folder)]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\x07" not in out
    assert len(out.splitlines()) == 4


def test_a_text_that_is_no_utf8_hides_no_other_run(lab):
    with lab.writing() as connection:
        connection.execute("UPDATE runs SET name = CAST(x'ff41' AS TEXT) WHERE id = 2")
    assert [run.name for run in lab.runs()][1] == "\N{REPLACEMENT CHARACTER}A"


def test_a_config_that_is_damaged_is_told_in_a_line(lab):
    for config in ("{", "[]", '{"model": "mlp"}', "[" * 9999):
        _set(lab, "config", config)
        with pytest.raises(UsageError, match=r"run 2 of lab .* is damaged"):
            lab.config(2)


def test_steps_that_are_damaged_are_missing_and_stop_no_chart(lab):
    with lab.writing() as connection:
        connection.execute("UPDATE steps SET loss = 'low' WHERE run = 2 AND step = 1")
        connection.execute("UPDATE steps SET seconds = 'long' WHERE run = 2 AND step = 2")
        connection.execute("UPDATE steps SET step = 'last' WHERE run = 2 AND step = 3")
        connection.execute("UPDATE epochs SET epoch = 'one' WHERE run = 2")
        connection.execute("INSERT INTO updates VALUES (2, 1, 'kernel', 'x', x'00')")
    metrics = lab.metrics(2)
    assert metrics["step"].tolist() == [1, 2]
    assert metrics["loss"].isna().tolist() == [True, False]
    assert metrics["seconds"].isna().tolist() == [False, True]
    assert lab.updates(2)["sparsity"].isna().tolist() == [True]
    assert lab.epochs(2).empty
    assert lab.seconds_a_step(2) is None
    assert TrainingMonitor(lab).poller.line.value == ""


def _break_page(lab: Lab, which: str) -> Path:
    """Writes over the pages at the leaves of a table; returns the folder."""
    with lab.writing() as connection:
        pages = [
            row[0]
            for row in connection.execute(
                "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'", (which,)
            )
        ]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    lab.close()
    page = pages[len(pages) // 2]
    with (lab.folder / "lab.sqlite").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xde\xad" * (size // 2))
    return lab.folder


def _has_dbstat() -> bool:
    try:
        sqlite3.connect(":memory:").execute("SELECT * FROM dbstat")
    except sqlite3.OperationalError:
        return False
    return True


needs_dbstat = pytest.mark.skipif(not _has_dbstat(), reason="this SQLite does not tell its pages")


@needs_dbstat
def test_a_damaged_page_of_runs_costs_the_runs_on_it_alone(lab, capsys):
    for _ in range(60):
        RunWriter(lab, lab.add(CONFIG)).end("stopped")
    folder = _break_page(lab, "runs")
    damaged = Lab(folder)
    runs = damaged.runs()
    assert [run.id for run in runs] == list(range(63, 0, -1))
    lost = [run.id for run in runs if run.damaged]
    assert 0 < len(lost) < 40
    assert damaged.notice is not None
    assert "prunelab rescue" in damaged.notice
    assert main(["runs", "--lab", str(folder)]) == 0
    assert "prunelab rescue" in capsys.readouterr().err
    view = FrontierView(damaged)
    view.poller.look_now()
    assert "prunelab rescue" in view.poller.line.value


@needs_dbstat
def test_a_damaged_page_of_steps_costs_the_steps_behind_it_alone(lab):
    writer = RunWriter(lab, lab.add(CONFIG))
    writer.begin()
    writer.write([StepRow(step, 1, 0.5, 0.5, 0.2, 0.1, 0.1) for step in range(1, 2001)], [])
    writer.end("stopped")
    damaged = Lab(_break_page(lab, "steps"))
    steps = damaged.metrics(4)["step"].tolist()
    assert steps == list(range(1, len(steps) + 1))
    assert 0 < len(steps) < 2000
    assert len(damaged.metrics(1)) == 3
    assert len(damaged.runs()) == 4
    assert damaged.notice is not None
    assert "damaged" in damaged.notice


@needs_dbstat
def test_a_page_shows_the_rest_of_a_lab_with_damaged_steps(lab):
    damaged = Lab(_break_page(lab, "steps"))
    dashboard = Dashboard(damaged)
    assert "prunelab rescue" in dashboard.poller.line.value
    assert len(dashboard.table.rows) == 3


@needs_dbstat
@pytest.mark.parametrize("table", ["runs", "steps"])
def test_what_can_be_read_is_rescued_into_a_new_lab(table, lab, tmp_path, capsys):
    writer = RunWriter(lab, lab.add(CONFIG))
    writer.begin()
    writer.write([StepRow(step, 1, 0.5, 0.5, 0.2, 0.1, 0.1) for step in range(1, 2001)], [])
    writer.end("stopped")
    for _ in range(60):
        RunWriter(lab, lab.add(CONFIG)).end("stopped")
    model = lab.model_path(1)
    model.parent.mkdir()
    model.write_text("a model")
    folder = _break_page(lab, table)
    before = (folder / "lab.sqlite").read_bytes()
    known = {run.id: run for run in Lab(folder).runs() if not run.damaged}
    assert main(["rescue", str(tmp_path / "new"), "--lab", str(folder)]) == 0
    assert f"{len(known)} runs" in capsys.readouterr().out
    new = Lab(tmp_path / "new")
    assert {run.id: run for run in new.runs()} == known
    steps = set(new.metrics(4)["step"])
    # Those before the damaged page, and those behind it.
    assert {1, 2000} <= steps
    assert len(steps) == 2000 or table == "steps"
    assert new.notice is None
    assert new.model_path(1).read_text() == "a model"
    assert new.add(CONFIG) == max(known) + 1
    assert (folder / "lab.sqlite").read_bytes() == before
    assert main(["rescue", str(tmp_path / "new"), "--lab", str(folder)]) == 2
    assert "has runs already: name a new folder" in capsys.readouterr().err


def test_a_file_that_was_cut_off_is_read_as_far_as_it_goes(lab):
    for _ in range(200):
        RunWriter(lab, lab.add(CONFIG)).end("stopped")
    lab.close()
    file = lab.folder / "lab.sqlite"
    file.write_bytes(file.read_bytes()[:-4096])
    cut = Lab(lab.folder)
    assert len(cut.runs()) == 203
    assert sum(not run.damaged for run in cut.runs()) > 100
    assert cut.notice is not None
    assert "prunelab rescue" in cut.notice
