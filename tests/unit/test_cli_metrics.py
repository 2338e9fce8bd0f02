"""What `metrics` prints of a run, and where its model is said to lie."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from prunelab.cli import main
from prunelab.lab import Lab, RunConfig, RunWriter, StepRow, UpdateRow
from prunelab.schedules import ConstantSparsity

EPOCHS = [
    {"epoch": 1, "step": 2, "val_loss": 1.25, "val_accuracy": 0.625,
     "mean_loss": 2.0, "mean_accuracy": 0.625, "mean_sparsity": 0.25},
    {"epoch": 2, "step": 3, "val_loss": None, "val_accuracy": None,
     "mean_loss": None, "mean_accuracy": 0.5, "mean_sparsity": 0.5},
]  # fmt: skip


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Run 1 is in its second epoch, whose loss was no number; run 2, a baseline, has nothing."""
    lab = Lab(tmp_path / "lab")
    journal = RunWriter(lab, lab.add(RunConfig(ConstantSparsity(0.5, 0))))
    journal.begin()
    journal.write(
        [
            StepRow(1, 1, 2.5, 0.5, 0.0, 0.0, 0.1),
            StepRow(2, 1, 1.5, 0.75, 0.5, 0.5, 0.2),
            StepRow(3, 2, None, 0.5, 0.5, 0.5, 0.3),
        ],
        [UpdateRow(2, "hidden/kernel", 0.5, 0.125), UpdateRow(2, "output/kernel", 0.5, 0.25)],
    )
    journal.write_epoch(1, 2, 1.25, 0.625)
    RunWriter(lab, lab.add(RunConfig(None))).end("stopped")
    return lab


def told(lab: Lab, capsys, *words: str) -> str:
    assert main([*words, "--lab", str(lab.folder)]) == 0
    return capsys.readouterr().out


def test_epochs_are_validation_and_means_also_of_one_that_goes_on(lab, capsys):
    assert json.loads(told(lab, capsys, "metrics", "1", "--epochs", "--json")) == EPOCHS
    lines = told(lab, capsys, "metrics", "1", "--epochs", "--csv").splitlines()
    assert lines == [",".join(EPOCHS[0]), "1,2,1.25,0.625,2.0,0.625,0.25", "2,3,,,,0.5,0.5"]
    table = told(lab, capsys, "metrics", "1", "--epochs").splitlines()
    assert table[0].split() == list(EPOCHS[0])
    assert table[1].split()[:4] == ["1", "2", "1.25", "0.625"]


def test_layers_are_one_row_a_weight_and_mask_update(lab, capsys):
    assert told(lab, capsys, "metrics", "1", "--layers", "--csv").splitlines() == [
        "step,weight,sparsity,threshold",
        "2,hidden/kernel,0.5,0.125",
        "2,output/kernel,0.5,0.25",
    ]
    assert "hidden/kernel" in told(lab, capsys, "metrics", "1", "--layers")
    rows = json.loads(told(lab, capsys, "metrics", "1", "--layers", "--json"))
    assert rows[1] == {"step": 2, "weight": "output/kernel", "sparsity": 0.5, "threshold": 0.25}


def test_steps_as_json_have_null_for_what_is_no_number(lab, capsys):
    rows = json.loads(told(lab, capsys, "metrics", "1", "--json"))
    assert [row["step"] for row in rows] == [1, 2, 3]
    assert [row["loss"] for row in rows] == [2.5, 1.5, None]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "run 2 has no steps"),
        (["--epochs"], "run 2 has no epochs"),
        (["--layers"], "run 2 has no mask updates: its schedule is none"),
    ],
)
def test_a_run_without_any_is_told_in_a_line(words, line, lab, capsys):
    assert told(lab, capsys, "metrics", "2", *words) == line + "\n"
    assert json.loads(told(lab, capsys, "metrics", "2", *words, "--json")) == []
    assert told(lab, capsys, "metrics", "2", *words, "--csv").count("\n") == 1


@pytest.mark.parametrize("words", [["--epochs", "--layers"], ["--csv", "--json"]])
def test_two_forms_at_once_are_told_in_a_line(words, lab, capsys):
    assert main(["metrics", "1", *words, "--lab", str(lab.folder)]) == 2
    assert "not allowed with" in capsys.readouterr().err


def test_the_model_file_is_told_while_it_is_there(lab, capsys, monkeypatch):
    def files() -> list[str | None]:
        runs = json.loads(told(lab, capsys, "runs", "--json"))
        return [run["model_file"] for run in runs]

    assert files() == [None, None]
    path = lab.model_path(1)
    path.parent.mkdir()
    path.write_text("a model")
    assert files() == [None, str(path)]
    monkeypatch.chdir(lab.folder.parent)
    assert Lab(lab.folder.name).model_file(1) == path
    path.unlink()
    assert files() == [None, None]
    assert lab.model_file(1) is None
