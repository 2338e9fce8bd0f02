"""How a run ends where the lab cannot be written, or where its loss is no number."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from prunelab import ConstantSparsity, Lab, RunConfig
from prunelab.cli import main
from prunelab.cli.follow import follow
from prunelab.errors import LabError
from prunelab.lab import RunWriter, StepRow, compare
from prunelab.lab.processes.process_identity import Worker
from prunelab.ui.runs.progress import Progress

CONFIG = RunConfig(ConstantSparsity(0.5, 0), epochs=2)

_END_ON_A_FULL_DISK = """
import resource, signal, sys
from prunelab.lab import RunWriter, Lab, RunConfig, StepRow

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
lab = Lab(sys.argv[1])
journal = RunWriter(lab, lab.add(RunConfig(None)))
journal.begin()
journal.write([StepRow(step, 1, 0.5, 0.5, 0.0, 0.0, 0.1) for step in (1, 2, 3)], [])
# Not one more page of 4,096 bytes and its frame.
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
sizes = {"keras": 10, "keras_gzip": 5}
journal.end("finished", sparsity=0.25, test_accuracy=0.75, test_loss=float("inf"), sizes=sizes,
            error="its model could not be saved" + "!" * 9000)
print(lab.run(1).state, lab.run(1).test_accuracy)
"""


def test_the_end_of_a_run_on_a_full_disk_is_known_and_stored_when_there_is_space(tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", _END_ON_A_FULL_DISK, str(tmp_path / "lab")],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    # Its own process lives on, such as that of a notebook.
    assert told.stdout == "finished 0.75\n"
    note = tmp_path / "lab" / "logs" / "1.end"
    assert note.exists()
    lab = Lab(tmp_path / "lab")
    run = lab.run(1)
    assert (run.state, run.sparsity, run.test_accuracy) == ("finished", 0.25, 0.75)
    assert (run.test_loss, run.steps_done) == (None, 3)
    assert run.bytes == {"keras": 10, "keras_gzip": 5}
    assert str(run.error).startswith("its model could not be saved")
    assert not note.exists()
    assert lab.run(1) == run


def test_a_run_that_ends_well_leaves_no_note(tmp_path):
    lab = Lab(tmp_path)
    writer = RunWriter(lab, lab.add(CONFIG))
    writer.begin()
    assert (tmp_path / "logs" / "1.end").stat().st_size == 4096
    writer.end("finished")
    assert list((tmp_path / "logs").iterdir()) == []


@pytest.mark.parametrize("text", ["{", "7", '{"state": "finished", "id": 9}', "[" * 4000])
def test_a_note_that_is_none_is_no_end(text, tmp_path):
    lab = Lab(tmp_path)
    writer = RunWriter(lab, lab.add(CONFIG))
    writer.begin()
    (tmp_path / "logs" / "1.end").write_text(text)
    assert lab.run(1).state == "running"


def test_where_neither_lab_nor_note_can_be_written_that_is_an_error(tmp_path, monkeypatch):
    lab = Lab(tmp_path)
    writer = RunWriter(lab, lab.add(CONFIG))
    monkeypatch.setattr(lab, "writing", _refusing)
    with pytest.raises(LabError, match="full"):
        writer.end("finished")


def test_a_run_that_was_called_interrupted_and_writes_on_is_running(tmp_path):
    """Whoever called it so did not see its process: in a container, with another clock."""
    lab = Lab(tmp_path)
    writer = RunWriter(lab, lab.add(CONFIG))
    writer.begin()
    with lab.writing() as connection:
        connection.execute("UPDATE runs SET state = 'interrupted', ended = 1, error = 'gone'")
    writer.write([StepRow(1, 1, 0.5, 0.5, 0.0, 0.0, 0.1)], [])
    run = lab.run(1)
    assert (run.state, run.error) == ("running", None)


def test_how_long_a_run_took_does_not_follow_a_clock_that_is_set(tmp_path, monkeypatch):
    lab = Lab(tmp_path)
    writer = RunWriter(lab, lab.add(CONFIG))
    writer.begin()
    monkeypatch.setattr("time.time", lambda: 1_000_000.0)
    writer.end("finished")
    seconds = lab.run(1).seconds
    assert seconds is not None
    assert 0 <= seconds < 60


def test_a_stop_on_a_full_disk_is_told_to_the_process_itself(tmp_path, monkeypatch):
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    lab = Lab(tmp_path)
    number = lab.add(CONFIG)
    lab.assign(number, Worker.of(process.pid))
    monkeypatch.setattr(lab, "writing", _refusing)
    lab.stop(number)
    assert process.wait(timeout=120) != 0


def test_a_stop_on_a_full_disk_ends_no_script_of_the_user_s_own(tmp_path, monkeypatch):
    lab = Lab(tmp_path)
    RunWriter(lab, lab.add_script("mine", "model", None, 1, 10)).begin()
    monkeypatch.setattr(lab, "writing", _refusing)
    with pytest.raises(LabError, match="full"):
        lab.stop(1)


def _refusing():
    raise LabError("lab /x: database or disk is full: free some space")


@pytest.fixture
def diverged(tmp_path: Path) -> Lab:
    """A lab with a run whose loss was NaN although it finished, and one that is well."""
    lab = Lab(tmp_path / "lab")
    for seed, loss in ((0, float("nan")), (1, 0.5)):
        writer = RunWriter(lab, lab.add(RunConfig(None, seed=seed)))
        writer.begin()
        writer.write([StepRow(1, 1, loss, 0.5, 0.0, 0.0, 0.1)], [])
        if seed == 0:
            writer.write_divergence(1, "the loss became NaN at step 1: lower the learning rate")
            writer.write_divergence(5, "another word")
        writer.end("finished", sparsity=0.0, test_accuracy=0.1, test_loss=loss)
    return lab


def test_a_diverged_run_is_told_and_never_counts(diverged, capsys):
    run = diverged.run(1)
    assert (run.diverged, run.counts, run.test_loss) == (1, False, None)
    assert run.error == "the loss became NaN at step 1: lower the learning rate"
    assert compare(diverged.runs())["runs"].tolist() == [[2]]
    where = ["--lab", str(diverged.folder)]
    assert main(["runs", *where]) == 0
    assert "NaN at step 1" in capsys.readouterr().out
    for words in (["runs", "--json"], ["compare", "--json"]):
        assert main([*words, *where]) == 0
        json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    follow(diverged, 1, as_json=False)
    assert "but the loss became NaN at step 1" in capsys.readouterr().out


def test_a_diverged_run_is_told_on_the_page_while_it_trains(tmp_path):
    lab = Lab(tmp_path)
    writer = RunWriter(lab, lab.add(CONFIG))
    writer.begin()
    writer.write_divergence(7, "the loss became NaN at step 7: lower the learning rate")
    progress = Progress()
    progress.show(lab.runs(), None)
    assert "NaN at step 7" in progress.line.value
