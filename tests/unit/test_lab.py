"""The lab: what is asked for, stored and read."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from prunelab import ConstantSparsity, Lab, PolynomialDecay, PruningSchedule, RunConfig, UsageError
from prunelab.errors import LabError
from prunelab.lab import RunWriter, StepRow, UpdateRow
from prunelab.lab.processes.process_identity import Worker

CONFIG = RunConfig(ConstantSparsity(0.5, 0), epochs=2)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path / "lab")
    yield lab
    lab.close()


def _rows(first: int, last: int) -> list[StepRow]:
    return [StepRow(step, 1, 1 / step, 0.5, 0.2, 0.1, step / 10) for step in range(first, last + 1)]


def test_a_run_that_was_asked_for_is_queued_with_all_its_config(lab: Lab) -> None:
    schedule = PolynomialDecay(0.0, 0.8, 0, 90, frequency=10)
    number = lab.add(RunConfig(schedule, epochs=3, batch_size=64, seed=7, name="first"))
    run = lab.run(number)
    assert (run.state, run.name, run.seed, run.epochs, run.batch_size) == (
        "queued",
        "first",
        7,
        3,
        64,
    )
    assert run.schedule == schedule.get_config()
    assert (run.steps, run.steps_done, run.started, run.seconds) == (54, 0, None, None)
    assert lab.config(number).schedule == schedule


def test_without_a_name_a_run_is_named_by_its_schedule(lab: Lab) -> None:
    pruned = lab.add(RunConfig(PolynomialDecay(0.0, 0.875, 0, 100), model="cnn", seed=3))
    baseline = lab.add(RunConfig(None))
    assert lab.run(pruned).name == "PolynomialDecay 87.5%"
    assert lab.run(baseline).name == "baseline"
    assert lab.run(baseline).schedule_name == "none"


def test_a_schedule_of_one_s_own_with_a_sparsity_for_each_layer_is_named_by_its_class(
    lab: Lab,
) -> None:
    class PerLayer(PruningSchedule):
        def __call__(self, step: int) -> tuple[bool, float]:
            return step == 5, 0.5

        def get_config(self) -> dict[str, Any]:
            return {"class_name": "PerLayer", "config": {"target_sparsity": [0.5, 0.8]}}

    assert lab.run(lab.add(RunConfig(PerLayer()))).name == "PerLayer"


def test_runs_come_newest_first_and_are_numbered_from_one(lab: Lab) -> None:
    assert [lab.add(CONFIG) for _ in range(3)] == [1, 2, 3]
    assert [run.id for run in lab.runs()] == [3, 2, 1]


def test_metrics_come_back_in_order_as_they_were_stored(lab: Lab) -> None:
    number = lab.add(CONFIG)
    writer = RunWriter(lab, number)
    writer.begin()
    writer.write(_rows(1, 3), [UpdateRow(2, "dense/kernel", 0.5, 0.01)])
    writer.write([StepRow(4, 2, None, None, 0.2, 0.1, 0.4)], [])
    metrics = lab.metrics(number)
    assert metrics["step"].tolist() == [1, 2, 3, 4]
    assert list(metrics.iloc[1]) == [2, 1, 0.5, 0.5, 0.2, 0.1, 0.2]
    assert metrics.iloc[3][["loss", "accuracy"]].isna().all()
    assert lab.updates(number).to_numpy().tolist() == [[2, "dense/kernel", 0.5, 0.01]]
    assert lab.run(number).steps_done == 4


def test_a_view_asks_only_for_what_is_new(lab: Lab) -> None:
    number = lab.add(CONFIG)
    writer = RunWriter(lab, number)
    writer.write(_rows(1, 5), [UpdateRow(5, "b", 0.5, 0.1), UpdateRow(3, "a", 0.5, 0.1)])
    writer.write_epoch(1, 3, 0.7, 0.8)
    writer.write_epoch(2, 5, 0.6, None)
    assert lab.metrics(number, after=3)["step"].tolist() == [4, 5]
    assert lab.updates(number, after=3)["weight"].tolist() == ["b"]
    assert lab.epochs(number, after=1)["val_loss"].tolist() == [0.6]
    assert lab.metrics(number, after=5).empty


def test_steps_are_stored_whole_or_not_at_all(lab: Lab) -> None:
    number = lab.add(CONFIG)
    writer = RunWriter(lab, number)
    writer.write(_rows(1, 2), [])
    with pytest.raises(LabError):
        writer.write(_rows(3, 3) + _rows(2, 2), [])
    assert lab.metrics(number)["step"].tolist() == [1, 2]
    writer.write(_rows(3, 3), [])
    assert lab.run(number).steps_done == 3


def test_the_steps_done_do_not_fall_when_a_writer_has_no_new_ones(lab: Lab) -> None:
    number = lab.add(CONFIG)
    writer = RunWriter(lab, number)
    writer.write(_rows(1, 4), [])
    writer.write([], [UpdateRow(4, "dense/kernel", 0.5, 0.1)])
    assert lab.run(number).steps_done == 4


def test_the_time_of_a_step_is_that_of_the_last_hundred(lab: Lab) -> None:
    number = lab.add(CONFIG)
    writer = RunWriter(lab, number)
    slow = [StepRow(step, 1, 0.5, 0.5, 0.2, 0.1, 10.0 * step) for step in range(1, 11)]
    writer.write(slow[:1], [])
    assert lab.seconds_a_step(number) is None
    writer.write(slow[1:2], [])
    assert lab.seconds_a_step(number) == 10.0
    writer.write(slow[2:], [])
    fast = [StepRow(step, 1, 0.5, 0.5, 0.2, 0.1, 100 + step / 2) for step in range(11, 111)]
    writer.write(fast, [])
    assert lab.seconds_a_step(number) == 0.5


def test_a_clock_that_is_set_does_not_change_how_long_a_run_took(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = RunWriter(lab, lab.add(CONFIG))
    writer.begin()
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + 3600)
    writer.write(_rows(1, 1), [])
    seconds = lab.run(writer.run).seconds
    assert seconds is not None
    assert 0 <= seconds < 1800


def test_a_result_without_an_error_leaves_the_one_that_is_stored(lab: Lab) -> None:
    writer = RunWriter(lab, lab.add(CONFIG))
    writer.begin()
    writer.write_divergence(3, "the loss became NaN at step 3")
    writer.end("finished")
    results = {"sparsity": 0.5, "test_accuracy": 0.1, "test_loss": 2.0}
    writer.write_result(**results, sizes={"keras": 10}, error=None)
    run = lab.run(writer.run)
    assert (run.error, run.test_accuracy) == ("the loss became NaN at step 3", 0.1)


def test_a_run_that_was_stopped_does_not_count_though_it_was_tested(lab: Lab) -> None:
    writer = RunWriter(lab, lab.add_script("mine", "model", None, 1, 10))
    writer.begin()
    writer.end("stopped", sparsity=0.5, test_accuracy=0.9, test_loss=0.3)
    assert not lab.run(writer.run).counts


def test_a_result_without_a_saved_model_or_a_finite_loss_is_no_damage(lab: Lab) -> None:
    writer = RunWriter(lab, lab.add_script("mine", "model", None, 1, 10))
    writer.begin()
    writer.end("finished")
    writer.write_result(
        sparsity=0.5,
        test_accuracy=0.9,
        test_loss=float("inf"),
        sizes=None,
        error="the model cannot be saved",
    )
    run = lab.run(writer.run)
    assert (run.error, run.bytes, run.test_loss) == ("the model cannot be saved", None, None)
    assert run.counts


def test_a_run_of_no_such_number_says_what_there_is(lab: Lab) -> None:
    with pytest.raises(UsageError, match=r"run 1 is not in lab .*: it has no runs yet"):
        lab.run(1)
    lab.add(CONFIG)
    with pytest.raises(UsageError, match=r"run 2 is not in lab .*: its runs go up to 1"):
        lab.stop(2)


def test_a_script_s_run_cannot_be_trained_again_from_the_lab(lab: Lab) -> None:
    number = lab.add_script("mine", "sequential", None, epochs=2, steps=20)
    with pytest.raises(UsageError, match="run 1 came from a script"):
        lab.config(number)


def test_a_request_to_stop_is_seen_by_the_run(lab: Lab) -> None:
    number = lab.add(CONFIG)
    writer = RunWriter(lab, number)
    writer.begin()
    assert not writer.stop_asked()
    assert lab.stop(number).stopping
    assert lab.stop(number).state == "running"
    assert writer.stop_asked()


def test_a_run_that_has_ended_is_not_stopped_any_more(lab: Lab) -> None:
    number = lab.add(CONFIG)
    writer = RunWriter(lab, number)
    writer.begin()
    writer.end("finished", sparsity=0.5, test_accuracy=0.9, test_loss=0.3, sizes={"keras": 10})
    run = lab.stop(number)
    assert (run.state, run.stopping, run.active) == ("finished", False, False)
    assert (run.sparsity, run.test_accuracy, run.test_loss) == (0.5, 0.9, 0.3)
    assert run.bytes == {"keras": 10}
    assert run.seconds is not None


def test_runs_take_turns_in_the_order_they_were_asked_for(lab: Lab) -> None:
    first, second, third = (RunWriter(lab, lab.add(CONFIG)) for _ in range(3))
    for writer in (first, second, third):
        lab.assign(writer.run, Worker.this())
    assert second.take_turn(1) == "queued"
    assert first.take_turn(1) == "running"
    assert second.take_turn(1) == "queued"
    assert third.take_turn(2) == "queued"
    assert second.take_turn(2) == "running"
    first.end("finished")
    second.end("failed", error="no")
    assert third.take_turn(1) == "running"


def test_a_run_that_was_given_no_process_holds_nobody_up(lab: Lab) -> None:
    lab.add(CONFIG)
    assert RunWriter(lab, lab.add(CONFIG)).take_turn(1) == "running"


def test_a_run_that_was_declared_interrupted_does_not_begin(lab: Lab) -> None:
    writer = RunWriter(lab, lab.add(CONFIG))
    writer.end("interrupted", error="gone")
    assert writer.take_turn(1) == "interrupted"
    assert lab.run(writer.run).error == "gone"


def test_a_lab_that_was_deleted_says_so(lab: Lab) -> None:
    (lab.folder / "lab.sqlite").unlink()
    with pytest.raises(LabError, match="was deleted meanwhile"):
        lab.runs()


def test_a_script_of_the_user_s_own_takes_no_place_in_the_queue(lab: Lab) -> None:
    RunWriter(lab, lab.add_script("mine", "model", None, 1, 10)).begin()
    assert RunWriter(lab, lab.add(CONFIG)).take_turn(1) == "running"


def test_a_run_that_is_stopped_while_it_waits_never_begins(lab: Lab) -> None:
    """It ends at once, whether or not its process ever wakes to see it."""
    writer = RunWriter(lab, lab.add(CONFIG))
    run = lab.stop(writer.run)
    assert (run.state, run.started, run.stopping) == ("stopped", None, False)
    assert writer.take_turn(1) == "stopped"
    assert lab.run(writer.run) == run


def test_another_lab_object_sees_at_once_what_was_stored(lab: Lab) -> None:
    number = lab.add(CONFIG)
    other = Lab(lab.folder)
    writer = RunWriter(lab, number)
    writer.begin()
    writer.write(_rows(1, 4), [])
    assert len(other.metrics(number)) == 4
    other.stop(number)
    assert lab.run(number).stopping


def test_a_lab_opened_by_many_at_once_is_made_once(tmp_path: Path) -> None:
    start = threading.Barrier(8)

    def enter(_: int) -> int:
        start.wait()
        return Lab(tmp_path / "new").add(CONFIG)

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(enter, range(8))) == list(range(1, 9))


def test_writers_and_readers_of_several_threads_lose_nothing(lab: Lab) -> None:
    """Two Lab objects write two runs while both are read; every read is a gapless beginning."""
    other = Lab(lab.folder)
    numbers = [lab.add(CONFIG), lab.add(CONFIG)]
    done = threading.Event()

    def write(mine: Lab, number: int) -> None:
        writer = RunWriter(mine, number)
        for first in range(1, 401, 4):
            writer.write(_rows(first, first + 3), [])

    def read(mine: Lab) -> None:
        while not done.is_set():
            for number in numbers:
                steps = mine.metrics(number)["step"].tolist()
                assert steps == list(range(1, len(steps) + 1))
                assert len(steps) % 4 == 0

    with ThreadPoolExecutor(5) as threads:
        readers = [threads.submit(read, one) for one in (lab, other, Lab(lab.folder))]
        writers = [threads.submit(write, *pair) for pair in zip((lab, other), numbers, strict=True)]
        for writer in writers:
            writer.result()
        done.set()
        for reader in readers:
            reader.result()
    assert [len(lab.metrics(number)) for number in numbers] == [400, 400]


def _refused(folder: Path, told: str) -> None:
    with pytest.raises(LabError, match=told) as error:
        Lab(folder)
    assert "\n" not in str(error.value)
    assert str(folder) in str(error.value)


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "lab").write_text("mine")
    _refused(tmp_path / "lab", "cannot be made .*: choose another with --lab")
    _refused(tmp_path / "lab" / "below", "cannot be made .*: choose another with --lab")
    assert (tmp_path / "lab").read_text() == "mine"


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "lab.sqlite").write_text("a letter of mine, longer than a header" * 100)
    _refused(tmp_path, "not a database: .*choose another folder")
    assert (tmp_path / "lab.sqlite").read_text().startswith("a letter")


def test_a_folder_in_the_place_of_the_database(tmp_path: Path) -> None:
    (tmp_path / "lab.sqlite").mkdir()
    _refused(tmp_path, "unable to open")


def test_a_lab_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    Lab(tmp_path).close()
    with sqlite3.connect(tmp_path / "lab.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    _refused(tmp_path, "newer prunelab .*upgrade")
    with sqlite3.connect(tmp_path / "lab.sqlite") as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (99,)


_FILL = """
import resource, signal, sys
from prunelab.errors import LabError
from prunelab.lab import RunWriter, Lab, StepRow

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
lab = Lab(sys.argv[1])
journal = RunWriter(lab, lab.add_script("full", "model", None, 1, 100_000))
journal.begin()
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
step = 0
try:
    while True:
        journal.write([StepRow(step + n, 1, 0.5, 0.5, 0.0, 0.0, 0.1) for n in range(1, 101)], [])
        step += 100
        print(step, flush=True)
except LabError as error:
    print(error)
"""


def test_on_a_full_disk_the_steps_stored_before_are_kept(lab: Lab) -> None:
    told = subprocess.run(
        [sys.executable, "-c", _FILL, str(lab.folder)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    stored, message = int(told[-2]), told[-1]
    assert stored > 1000
    assert "free some space on its disk; what was stored before is safe" in message
    assert lab.metrics(1)["step"].tolist() == list(range(1, stored + 1))
    assert lab.run(1).steps_done == stored
    assert lab.add(CONFIG) == 2


def test_runs_of_older_labs_group_with_new_ones(lab: Lab) -> None:
    number = lab.add(RunConfig(None))
    # What the first version stored for these choices.
    assert lab.run(number).choices == "0ee49dc02e094b1b"


@pytest.mark.parametrize("seed", [-1, 2**32, 10**21, 1.5, "3", True, float("nan")])
def test_a_seed_has_one_range_for_runs_of_the_lab_and_of_scripts(lab: Lab, seed: Any) -> None:
    told = r"^seed=.* must be a whole number from 0 to 4294967295: use 0, say$"
    with pytest.raises(UsageError, match=told):
        RunConfig(None, seed=seed)
    with pytest.raises(UsageError, match=told):
        lab.add_script("mine", "mlp", None, 1, 1, seed=seed)
    assert lab.runs() == []
