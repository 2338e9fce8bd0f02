"""What `train` tells before and while a run trains."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import pytest

from prunelab.cli import main
from prunelab.cli.follow import follow
from prunelab.cli.progress import Progress
from prunelab.lab import Lab, RunConfig, RunWriter, StepRow

CONFIG = RunConfig("polynomial", epochs=20)  # 720 steps


EARLY = ["--epochs", "2", "--begin-step", "0", "--final-sparsity", "0.95"]

MODEL = {
    "module": "keras",
    "class_name": "Sequential",
    "config": {
        "layers": [
            {"class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8]}},
            {"class_name": "Flatten", "config": {}},
            {"class_name": "Dense", "config": {"units": 10, "activation": "softmax"}},
        ]
    },
}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path / "lab")


@pytest.fixture
def journal(lab: Lab) -> RunWriter:
    journal = RunWriter(lab, lab.add(CONFIG))
    journal.begin()
    return journal


def steps(first: int, last: int) -> list[StepRow]:
    return [StepRow(n, 1, 0.25, 0.9375, 0.5, 0.5, n / 10) for n in range(first, last + 1)]


def test_without_a_terminal_a_line_is_told_at_each_tenth_of_the_run(lab, journal):
    told, clock = io.StringIO(), Clock()
    progress = Progress(lab, lab.run(1), told, clock)
    for first in range(1, 720, 12):
        journal.write(steps(first, first + 11), [])
        clock.now += 0.2
        progress.show(lab.run(1))
    progress.close()
    lines = told.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[0] == (
        "run 1: step 72/720, loss 0.2500, accuracy 93.75%, sparsity 50.00%, 01:04 left"
    )
    assert lines[-1].endswith("00:00 left")


def test_a_long_run_is_told_of_every_ten_seconds_and_ever_less_often(lab, journal):
    told, clock = io.StringIO(), Clock()
    progress = Progress(lab, lab.run(1), told, clock)
    run = lab.run(1)
    for _ in range(90):
        clock.now += 1
        progress.show(run)
    assert told.getvalue().splitlines() == ["run 1: running"] * 9
    for _ in range(100_000):
        clock.now += 1
        progress.show(run)
    assert 50 < told.getvalue().count("\n") < 200


def test_a_line_has_what_there_is(lab, journal):
    journal.write([StepRow(1, 1, None, None, 0.0, 0.0, 0.1)], [])
    journal.write_epoch(1, 1, 0.5, None)
    told, clock = io.StringIO(), Clock()
    progress = Progress(lab, lab.run(1), told, clock)
    clock.now += 10
    progress.show(lab.run(1))
    assert told.getvalue() == "run 1: step 1/720, sparsity 0.00%, val_loss 0.5000\n"


@pytest.mark.parametrize(
    ("columns", "values"),
    [
        (200, "loss 0.2500, accuracy 93.8%, val_accuracy 87.5%, sparsity 50.0%, val_loss 0.5000"),
        (80, "loss 0.2500, accuracy 93.8%, val_accuracy 87.5%"),
        (40, "loss 0.2500"),
    ],
)
def test_the_bar_of_a_terminal_shows_what_there_is_room_for(
    columns, values, lab, journal, monkeypatch
):
    monkeypatch.setenv("COLUMNS", str(columns))
    told = Terminal()
    progress = Progress(lab, lab.run(1), told)
    journal.write(steps(1, 36), [])
    journal.write_epoch(1, 36, 0.5, 0.875)
    progress.show(lab.run(1))
    last = told.getvalue().split("\r")[-1]
    assert last.startswith("  5% ")
    # How much time is left depends on how busy the machine is.
    assert re.fullmatch(rf".* 36/720 \d\d:\d\d left, {re.escape(values)}", last)
    lab.stop(1)
    progress.show(lab.run(1))
    progress.close()
    assert "\rstopping:   5%" in told.getvalue()
    # No line as well.
    assert "run 1" not in told.getvalue()


@pytest.fixture
def no_process(monkeypatch):
    """A run is entered, and gets no process."""
    monkeypatch.setattr("prunelab.lab.start", lambda lab, config: lab.add(config))


@pytest.mark.usefixtures("no_process")
def test_train_tells_what_the_linter_finds_before_it_trains(lab, capsys):
    words = ["train", "--detach", "--lab", str(lab.folder), *EARLY]
    assert main(words) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert err == ""
    assert "mask updates, first at step" in lines[0]
    assert lines[1].startswith("warning: ")
    assert lines[2].startswith("  mend: ")
    assert "--begin-step" in lines[2]
    assert lines[-1].startswith("run 1: ")
    assert main([*words, "--json"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith('{"id": 2, ')
    assert '"model_file": null' in out
    assert err.splitlines() == lines[:-1]


@pytest.mark.usefixtures("no_process")
def test_a_model_file_is_trained_already_so_it_is_not_pruned_too_early(lab, tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "mine.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(MODEL))
        archive.writestr("model.weights.h5", "weights")
    words = ["train", "--detach", "--lab", str(lab.folder), *EARLY]
    assert main(words) == 0
    assert "too early" in capsys.readouterr().out
    assert main([*words, "--model", str(tmp_path / "mine.keras")]) == 0
    assert "too early" not in capsys.readouterr().out


@pytest.mark.usefixtures("no_process")
def test_train_tells_the_findings_that_force_overrides(lab, capsys):
    words = ["train", "--detach", "--begin-step", "100000", "--lab", str(lab.folder)]
    words += ["--end-step", "200000"]
    assert main(words) == 2
    capsys.readouterr()
    assert main([*words, "--force"]) == 0
    assert "\nerror: " in capsys.readouterr().out


@pytest.mark.usefixtures("no_process")
def test_a_baseline_has_a_summary_and_no_finding(lab, capsys):
    assert main(["train", "--detach", "--schedule", "none", "--lab", str(lab.folder)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.usefixtures("no_process")
def test_what_would_move_the_cursor_is_told_as_an_escape(lab, tmp_path, capsys):
    table = tmp_path / "table.csv"
    rows = "".join(f"{n},{label}\n" for n in range(40) for label in ("\x1b[2Jred", "blue"))
    table.write_text(f"x,label\n{rows}")
    words = ["train", "--detach", "--dataset", str(table), "--name", "a\x1b[2J"]
    assert main([*words, "--lab", str(lab.folder)]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert r"\x1b[2Jred" in out
    assert r"a\x1b[2J" in out.splitlines()[-1]


def test_a_lab_that_cannot_be_used_is_told_alone(tmp_path, capsys):
    (tmp_path / "lab").write_text("mine")
    assert main(["train", "--lab", str(tmp_path / "lab")]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


class Interrupted:
    """Each look at a run is a word of this: a step, Ctrl-C, or the run's end."""

    def __init__(self, lab: Lab, *words: str) -> None:
        self._journal, self._words = RunWriter(lab, 1), iter(words)

    def __call__(self, seconds: float) -> None:
        match next(self._words):
            case "step":
                self._journal.write(steps(1, 1), [])
            case "Ctrl-C":
                raise KeyboardInterrupt
            case state:
                self._journal.end(state)


@pytest.mark.parametrize("state", ["stopped", "finished"])
def test_ctrl_c_stops_the_run_and_is_told_by_the_exit_code(
    state, lab, journal, monkeypatch, capsys
):
    monkeypatch.setattr("prunelab.cli.follow.time.sleep", Interrupted(lab, "step", "Ctrl-C", state))
    assert follow(lab, 1, as_json=False) == 130
    assert lab.run(1).state == state
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"run 1: {state} after step 1")


def test_without_ctrl_c_a_run_that_was_stopped_is_no_failure(lab, journal, monkeypatch):
    monkeypatch.setattr("prunelab.cli.follow.time.sleep", Interrupted(lab, "step", "stopped"))
    assert follow(lab, 1, as_json=False) == 0


def test_a_second_ctrl_c_leaves_the_run_to_itself(lab, journal, monkeypatch, capsys):
    monkeypatch.setattr("prunelab.cli.follow.time.sleep", Interrupted(lab, *["Ctrl-C"] * 2))
    with pytest.raises(KeyboardInterrupt):
        follow(lab, 1, as_json=False)
    assert "run 1 ends at its next batch: see prunelab runs" in capsys.readouterr().out
    assert lab.run(1).stopping
