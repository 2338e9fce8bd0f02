"""A run that would not do what was asked does not start unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from prunelab import ConstantSparsity, GeometricIMP, Lab, MultiStep, Plan, PolynomialDecay
from prunelab.cli import main
from prunelab.plan import blocking

# Two epochs of the digits.
STEPS, EPOCH = 72, 36


@pytest.mark.parametrize(
    ("schedule", "code"),
    [
        (ConstantSparsity(0.5, 100), "nothing-pruned"),
        (ConstantSparsity(0.0, 20), "nothing-pruned"),
        (PolynomialDecay(0.0, 0.8, 14, 300, frequency=10), "end-beyond-run"),
        (PolynomialDecay(0.0, 0.8, 14, 70, power=1, frequency=30), "target-missed"),
        (GeometricIMP(14, 10, rounds=9), "target-missed"),
        (MultiStep({20: 0.5, 90: 0.8}), "target-missed"),
    ],
)
def test_what_misses_its_target_is_blocked_with_a_mend(schedule, code):
    found = blocking(Plan(schedule, STEPS, EPOCH))
    assert found is not None
    assert (found.code, found.severity) == (code, "error")
    if code != "nothing-pruned" or schedule.target_sparsity:
        assert found.mends
        assert blocking(found.mends[0].apply(Plan(schedule, STEPS, EPOCH))) is None


@pytest.mark.parametrize(
    "schedule",
    [None, ConstantSparsity(0.8, 1), PolynomialDecay(0.0, 0.8, 14, 54, frequency=20)],
)
def test_a_baseline_and_what_only_has_warnings_is_not(schedule):
    assert blocking(Plan(schedule, STEPS, EPOCH)) is None


def _train(lab: Path, words: str) -> int:
    return main(["train", "--epochs", "2", "--detach", "--lab", str(lab), *words.split()])


@pytest.fixture
def unstarted(monkeypatch):
    """A run is put into the lab; no process is started for it."""
    monkeypatch.setattr("prunelab.lab.start", lambda lab, config: lab.add(config))


PRUNES_NOTHING = "--schedule constant --begin-step 0 --frequency 100"


def test_train_refuses_with_the_options_that_mend_it(tmp_path, capsys, unstarted):
    assert _train(tmp_path / "lab", PRUNES_NOTHING) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "the first mask update would be at step 100 of a run of 72: use --" in err
    assert "or --force to train all the same" in err
    assert not (tmp_path / "lab").exists()
    typed = err.partition(": use ")[2].partition(", or --force")[0]
    assert _train(tmp_path / "lab", f"{PRUNES_NOTHING} {typed}") == 0


def test_train_does_it_all_the_same_with_force(tmp_path, unstarted):
    assert _train(tmp_path / "lab", f"{PRUNES_NOTHING} --force") == 0
    assert len(Lab(tmp_path / "lab").runs()) == 1


def test_train_never_asks_about_a_baseline(tmp_path, unstarted):
    assert _train(tmp_path / "lab", "--schedule none") == 0


def test_train_looks_at_a_schedule_of_ones_own_too(tmp_path, capsys, unstarted):
    (tmp_path / "mine.py").write_text(
        "from prunelab import PruningSchedule\n"
        "class Late(PruningSchedule):\n"
        "    def __call__(self, step): return step % 50 == 0 and step >= 500, 0.8\n"
        "    def get_config(self): return {'class_name': 'Late', 'config': {}}\n"
    )
    own = f"--schedule {tmp_path / 'mine.py'}:Late"
    assert _train(tmp_path / "lab", own) == 2
    assert "no mask update falls in the run's 72 steps" in capsys.readouterr().err
    assert _train(tmp_path / "lab", f"{own} --force") == 0
