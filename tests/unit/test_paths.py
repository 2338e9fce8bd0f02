"""`~` is the user's home wherever a path is taken, and a path means the same elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from model_files import dense, saved, sequential

from prunelab import Lab, RunConfig, UsageError
from prunelab.cli import main
from prunelab.data import describe, load
from prunelab.explorer.user_presets import default_presets
from prunelab.lab import default_lab
from prunelab.ui.runs.form import RunForm
from prunelab.user_files.paths import absolute, user_path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that holds a data set."""
    monkeypatch.setenv("HOME", str(tmp_path))
    x, y = np.random.default_rng(0).random((40, 6)), np.arange(40) % 2
    np.savez(tmp_path / "data.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    return tmp_path


def test_a_tilde_is_the_home(home: Path) -> None:
    assert user_path("~/a/b.npz") == home / "a" / "b.npz"
    assert user_path(Path("~")) == home


def test_a_tilde_within_a_path_and_a_user_that_nobody_has_stay(home: Path) -> None:
    assert user_path("a/~/b") == Path("a/~/b")
    assert user_path("~nobody_of_that_name/b") == Path("~nobody_of_that_name/b")


def test_links_that_go_round_are_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(UsageError, match="cannot be looked at"):
        absolute(tmp_path / "a")


def test_data_in_the_home(home: Path) -> None:
    assert describe("~/data.npz").samples == 40
    assert len(load("~/data.npz", 0.0).train.x) == 40
    assert RunConfig(None, dataset="~/data.npz").dataset == str(home / "data.npz")


def test_a_relative_path_means_the_same_in_the_training_process(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    assert RunConfig(None, dataset="data.npz").dataset == str(home / "data.npz")


def test_a_name_that_is_known_stays_one_although_a_file_is_called_so(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    (home / "digits").touch()
    assert RunConfig(None, dataset="digits").dataset == "digits"


def test_a_model_in_the_home(home: Path) -> None:
    saved(home / "mine.keras", sequential(dense(10), shape=(8, 8)))
    assert RunConfig(None, model="~/mine.keras").model == str(home / "mine.keras")


def test_a_lab_in_the_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Lab("~/lab").close()
    assert (home / "lab" / "lab.sqlite").exists()
    monkeypatch.setenv("PRUNELAB_LAB", "~/other")
    assert default_lab() == home / "other"


def test_presets_in_the_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRUNELAB_PRESETS", "~/mine.json")
    assert default_presets() == home / "mine.json"


def test_a_command_s_options(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "mine.py").write_text(
        "from prunelab import ConstantSparsity\nS = ConstantSparsity(.5, 0)"
    )
    assert main(["runs", "--lab=~/lab"]) == 0
    words = ["plan", "--dataset=~/data.npz", "--schedule", "~/mine.py:S", "--epochs", "100"]
    assert main(words) in (0, 1)
    out, err = capsys.readouterr()
    assert "50" in out
    assert not err
    assert not (Path.cwd() / "~").exists()


def test_the_page_s_field(home: Path) -> None:
    form = RunForm()
    form.dataset.value, form.file.value = "a file of your own", "~/data.npz"
    assert form.config().dataset == str(home / "data.npz")
