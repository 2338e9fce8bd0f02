"""What a user of the command line gets, without a training process."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from prunelab.cli import main
from prunelab.lab import Lab, RunConfig, RunWriter, StepRow
from prunelab.schedules import ConstantSparsity, PolynomialDecay

SEEDS = "must be a whole number from 0 to 4294967295"

BAD = {
    "unknown command": (["prune"], "'prune'"),
    "unknown schedule": (["train", "--schedule", "cubic"], "'cubic' is not known: use one of"),
    "unknown data": (["train", "--dataset", "minst"], "'minst' is not known: use one of"),
    "unknown model": (["train", "--model", "resnet"], "'resnet' is not known: use one of"),
    "missing file": (["train", "--dataset", "none.npz"], "none.npz does not exist"),
    "missing model": (["train", "--model", "none.keras"], "none.keras does not exist"),
    "percentage": (["train", "--final-sparsity", "87.5"], "must be in range [0, 1)"),
    "not a number": (["train", "--power", "three"], "'three' is not a number"),
    "not whole": (["train", "--epochs", "1.5"], "'1.5' is not a whole number"),
    "no epochs": (["train", "--epochs", "0"], "epochs=0 must be at least 1"),
    "negative seed": (["train", "--seed", "-1"], f"seed=-1 {SEEDS}"),
    "large seed": (["train", "--seed", "4294967296"], SEEDS),
    "large batch": (["train", "--batch-size", "5000"], "at most 1150"),
    "share above the run": (["train", "--begin-step", "120%"], "more than the run"),
    "no step": (["train", "--begin-step", "soon"], "'soon' is not a step"),
    "end before begin": (["train", "--begin-step", "9", "--end-step", "3"], "before begin_step=9"),
    "foreign parameter": (["train", "--schedule", "constant", "--power", "2"], "has no power"),
    "parameter of none": (["train", "--schedule", "none", "--power", "2"], "has no power"),
    "split": (["train", "--validation-split", "1"], "must be in range [0, 1)"),
    "no such run": (["metrics", "7"], "no runs in lab"),
    "no number": (["stop", "seven"], "no runs in lab"),
    "port": (["dashboard", "--port", "70000"], "port 70000 does not exist"),
}  # fmt: skip


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    return tmp_path / "lab"


def run(*words: str) -> int:
    try:
        return main(list(words))
    except SystemExit as exit_:
        return int(exit_.code or 0)


def finished(lab: Path, config: RunConfig, accuracy: float) -> int:
    """A run in the lab as a training process leaves it."""
    store = Lab(lab)
    number = store.add(config)
    journal = RunWriter(store, number)
    journal.begin()
    journal.write(
        [StepRow(1, 1, 2.5, 0.5, 0.0, 0.0, 0.1), StepRow(2, 1, 1.5, 0.75, 0.5, 0.5, 0.2)], []
    )
    sizes = {"keras": 100, "keras_gzip": 50}
    journal.end("finished", sparsity=0.5, test_accuracy=accuracy, test_loss=0.1, sizes=sizes)
    store.close()
    return number


@pytest.mark.parametrize(("words", "told"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_line_with_exit_code_2_and_makes_no_lab(words, told, lab, capsys):
    if words[0] != "prune":
        words = [words[0], "--lab", str(lab), *words[1:]]
    assert run(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert told in err
    assert not lab.exists()


@pytest.mark.parametrize("name", ["wrong.npz", "wrong.npy.npz"])
def test_a_file_that_is_no_npz_is_told_in_a_line(name, tmp_path, lab, capsys):
    file = tmp_path / name
    file.write_bytes(b"x_train")
    assert run("train", "--dataset", str(file), "--lab", str(lab)) == 2
    assert "is not an .npz file" in capsys.readouterr().err
    assert not lab.exists()


def test_a_keras_file_that_is_none_is_told_in_a_line(tmp_path, lab, capsys):
    file = tmp_path / "model.keras"
    file.write_bytes(b"nothing")
    assert run("train", "--model", str(file), "--lab", str(lab)) == 2
    assert "is not a .keras file" in capsys.readouterr().err


def test_cnn_refuses_samples_that_are_no_images(tmp_path, lab, capsys):
    file = tmp_path / "flat.npz"
    x, y = np.zeros((20, 7), np.float32), np.arange(20) % 2
    np.savez(file, x_train=x, y_train=y, x_test=x, y_test=y)
    assert run("train", "--dataset", str(file), "--model", "cnn", "--batch-size", "4",
               "--lab", str(lab)) == 2  # fmt: skip
    assert "needs images of at least 4 x 4" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["runs"], ["compare"]])
def test_looking_into_a_lab_that_is_not_there_says_how_to_begin_and_makes_none(
    command, lab, capsys
):
    assert run(*command, "--lab", str(lab)) == 0
    assert "start one with prunelab train" in capsys.readouterr().out
    assert not lab.exists()


def test_a_lab_in_the_place_of_a_file_is_told_in_a_line(tmp_path, capsys):
    place = tmp_path / "file"
    place.write_text("mine")
    for words in (["runs"], ["train"], ["dashboard", "--no-browser", "--port", "0"]):
        assert run(*words, "--lab", str(place)) == 2
        assert str(place) in capsys.readouterr().err
    assert place.read_text() == "mine"


def test_runs_as_json_hold_what_is_known_of_each(lab, capsys):
    finished(lab, RunConfig(ConstantSparsity(0.5, 0)), 0.9)
    assert run("runs", "--json", "--lab", str(lab)) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert one["state"] == "finished"
    assert one["schedule"] == ConstantSparsity(0.5, 0).get_config()
    wanted = {"id", "name", "dataset", "model", "seed", "steps", "sparsity", "test_accuracy",
              "test_loss", "bytes", "started", "seconds", "error"}  # fmt: skip
    assert wanted <= set(one)


def test_metrics_are_one_row_a_step_in_order(lab, capsys):
    finished(lab, RunConfig(None), 0.9)
    assert run("metrics", "last", "--csv", "--lab", str(lab)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "step,epoch,loss,accuracy,scheduled_sparsity,sparsity,seconds"
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2"]


def test_compare_makes_one_row_of_all_seeds_of_the_same_choices(lab, capsys):
    schedule = PolynomialDecay(0, 0.5, 0, 100)
    for seed, accuracy in enumerate([0.90, 0.92, 0.94]):
        finished(lab, RunConfig(schedule, seed=seed), accuracy)
    finished(lab, RunConfig(None), 0.97)
    assert run("compare", "--json", "--lab", str(lab)) == 0
    rows = {row["seeds"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows[3]["test_accuracy"] == pytest.approx(0.92)
    assert rows[3]["test_accuracy_sd"] == pytest.approx(0.02)
    assert rows[3]["runs"] == [1, 2, 3]
    assert rows[1]["schedule"] == "none"
    assert rows[1]["test_accuracy_sd"] is None


def test_stopping_a_run_that_has_ended_says_so(lab, capsys):
    number = finished(lab, RunConfig(None), 0.9)
    assert run("stop", str(number), "--lab", str(lab)) == 0
    assert "already finished" in capsys.readouterr().out


def test_a_schedule_of_ones_own_comes_from_a_file(tmp_path):
    from prunelab.cli.arguments.from_options import run_config
    from prunelab.cli.arguments.parser import parser

    (tmp_path / "mine.py").write_text(
        "from prunelab import PruningSchedule\n"
        "class Late(PruningSchedule):\n"
        "    def __call__(self, step): return step % 50 == 0 and step >= 500, 0.8\n"
        "    def get_config(self): return {'class_name': 'Late', 'config': {}}\n"
    )
    chosen = parser().parse_args(["train", "--schedule", f"{tmp_path / 'mine.py'}:Late"])
    plan = run_config(chosen).plan
    assert plan.update_steps[0] == 500
    assert plan.reached == pytest.approx(0.8)


def test_a_schedule_file_that_fails_is_told_in_a_line(tmp_path, lab, capsys):
    (tmp_path / "mine.py").write_text("import nothing_like_it\n")
    assert run("train", "--schedule", f"{tmp_path / 'mine.py'}:Late", "--lab", str(lab)) == 2
    assert "No module named 'nothing_like_it'" in capsys.readouterr().err


def test_the_decay_of_a_run_ends_on_a_mask_update_by_default():
    from prunelab.lab import make_schedule

    schedule = make_schedule("polynomial", {"final_sparsity": 0.875, "begin_step": "20%"}, 384)
    assert (schedule.begin_step, schedule.end_step, schedule.frequency) == (77, 307, 10)
    assert RunConfig(schedule, epochs=11).plan.reached == pytest.approx(0.875)


def test_a_report_opens_without_a_network(lab, tmp_path, capsys):
    finished(lab, RunConfig(ConstantSparsity(0.5, 0), name="<b>bold</b>"), 0.9)
    page = tmp_path / "report.html"
    assert run("compare", "--html", str(page), "--lab", str(lab)) == 0
    text = page.read_text()
    assert "ConstantSparsity" in text
    assert "Plotly.newPlot" in text
    assert "<script src=" not in text
    assert "<b>bold</b>" not in text


def test_a_report_that_cannot_be_written_is_told_in_a_line(lab, tmp_path, capsys):
    finished(lab, RunConfig(None), 0.9)
    assert run("compare", "--html", str(tmp_path / "no" / "r.html"), "--lab", str(lab)) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_runs_that_differ_by_more_than_their_seed_are_not_averaged(lab, capsys):
    for rate in (0.001, 0.1):
        finished(lab, RunConfig(None, learning_rate=rate), 0.9)
    assert run("compare", "--json", "--lab", str(lab)) == 0
    assert [row["seeds"] for row in json.loads(capsys.readouterr().out)] == [1, 1]


def test_numbers_of_json_have_all_their_digits(lab, capsys):
    rates = [1.5e-12, 2.5e-12]
    for rate in rates:
        finished(lab, RunConfig(None, learning_rate=rate), 1 / 3)
    assert run("compare", "--json", "--lab", str(lab)) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["learning_rate"] for row in rows] == rates
    assert rows[0]["test_accuracy"] == 1 / 3


def test_the_same_seed_twice_is_one_piece_of_evidence(lab, capsys):
    for accuracy in (0.90, 0.91):
        finished(lab, RunConfig(None), accuracy)
    assert run("compare", "--json", "--lab", str(lab)) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["seeds"], row["runs"], row["test_accuracy"]) == (1, [2], 0.91)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--epochs", "1000000000"], "a run of 36,000,000,000 steps"),
        (["--epochs", str(10**21)], "beyond any run"),
        (["--epochs", "9" * 5000], "is not a whole number"),
        (["--batch-size", str(10**21)], "beyond any run"),
        (["--seed", str(10**21)], SEEDS),
        (["--seed", "9" * 5000], SEEDS),
        (["--seed", "1.5"], SEEDS),
        (["--seed", "three"], SEEDS),
        (["--learning-rate", "1\n2"], r"'1\n2' is not a number"),
        (["a\nb"], r"unrecognized arguments: a\nb"),
        (["--begin-step", "1e30"], "beyond any run"),
        (["--frequency", "-5"], "frequency=-5 must be at least 1"),
        (["--dataset", "x" * 300 + ".npz"], "cannot be looked at"),
    ],
)
def test_values_beyond_all_measure_are_one_line_too(words, told, lab, capsys):
    assert run("train", "--lab", str(lab), *words) == 2
    err = capsys.readouterr().err
    assert told in err
    assert err.count("\n") == 1
    assert not lab.exists()


def test_every_parameter_of_a_kind_can_be_set(tmp_path):
    from prunelab.cli.arguments.from_options import run_config
    from prunelab.cli.arguments.parser import parser
    from prunelab.schedules import IterativeSteps, MultiStep

    def schedule(*words):
        return run_config(parser().parse_args(["train", "--epochs", "10", *words])).schedule

    words = ["--schedule", "iterative", "--final-sparsity", "0.8", "--set", "rounds=4"]
    assert schedule(*words, "--set", "end-step=50%") == IterativeSteps(0.0, 0.8, 72, 180, 4)
    words = ["--schedule", "multi-step", "--set", "table=10%:0.5, 200:0.75", "--frequency", "7"]
    assert schedule(*words) == MultiStep(((36, 0.5), (200, 0.75)), 7)
    assert schedule("--set", "power=1") == PolynomialDecay(0.0, 0.875, 72, 288, 1, 8)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--set", "power"], "'power' is not of the form name=value"),
        (["--set", "power=two"], "power='two' is not a number"),
        (["--set", "power=2", "--power", "3"], "gives power a second time"),
        (["--set", "power=2", "--set", "power=3"], "gives power a second time"),
        (["--set", "rounds=3"], "has no rounds"),
        (["--schedule", "formula", "--set", "formula=p+"], "formula: "),
        (["--schedule", "formula", "--set", "frequency=1.5"], "frequency="),
        (["--schedule", "mine.py:Late", "--set", "power=2"], "--set does not go with"),
        (["--schedule", "cube"], "for cube formula with 0.875*p^3"),
        (["--schedule", "cubic"], "or FILE.py:NAME; for cubic polynomial with power 3"),
    ],
)
def test_what_cannot_be_set_is_one_line(words, told, lab, capsys):
    assert run("train", "--lab", str(lab), *words) == 2
    err = capsys.readouterr().err
    assert told in err
    assert err.count("\n") == 1
    assert not lab.exists()
