"""Runs and the processes that do them: who lives, who is gone, who only bears the same number."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from prunelab import ConstantSparsity, Lab, RunConfig
from prunelab.lab import RunWriter, StepRow
from prunelab.lab.processes.process_identity import Worker, monotonic_now

linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells boots")

CONFIG = RunConfig(ConstantSparsity(0.5, 0), epochs=2)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path / "lab")
    yield lab
    lab.close()


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """A real process that lives until it is killed."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def _running(lab: Lab, worker: subprocess.Popen[bytes]) -> int:
    number = lab.add(CONFIG)
    writer = RunWriter(lab, number)
    writer.begin()
    writer.write([StepRow(step, 1, 0.5, 0.5, 0.0, 0.0, 0.1) for step in range(1, 8)], [])
    lab.assign(number, Worker.of(worker.pid))
    return number


def _age(lab: Lab, number: int, seconds: float) -> None:
    """Makes a run's last heartbeat older than it is."""
    with lab.writing() as connection:
        connection.execute(
            "UPDATE runs SET heartbeat = heartbeat - ?, beat = beat - ? WHERE id = ?",
            (seconds, seconds, number),
        )


def test_while_its_process_lives_a_run_is_running(
    lab: Lab, worker: subprocess.Popen[bytes]
) -> None:
    assert lab.run(_running(lab, worker)).state == "running"


def test_a_run_is_interrupted_when_its_process_was_killed(
    lab: Lab, worker: subprocess.Popen[bytes]
) -> None:
    number = _running(lab, worker)
    worker.kill()
    worker.wait()
    run = lab.run(number)
    assert run.state == "interrupted"
    assert run.error is not None
    assert "ended without a word after step 7" in run.error
    assert str(lab.log_path(number)) in run.error
    assert "\n" not in run.error
    assert lab.metrics(number)["step"].tolist() == list(range(1, 8))


def test_a_killed_process_that_nobody_has_waited_for_is_gone_too(
    lab: Lab, worker: subprocess.Popen[bytes]
) -> None:
    number = _running(lab, worker)
    worker.kill()
    deadline = time.monotonic() + 10
    while lab.run(number).state == "running" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert worker.returncode is None
    assert lab.run(number).state == "interrupted"


def test_a_queued_run_whose_process_is_gone_is_interrupted_and_frees_the_queue(
    lab: Lab, worker: subprocess.Popen[bytes]
) -> None:
    gone, waiting = lab.add(CONFIG), RunWriter(lab, lab.add(CONFIG))
    lab.assign(gone, Worker.of(worker.pid))
    assert waiting.take_turn(1) == "queued"
    worker.kill()
    worker.wait()
    assert waiting.take_turn(1) == "running"
    assert lab.run(gone).state == "interrupted"


def test_another_process_of_the_same_number_is_not_taken_for_it(
    lab: Lab, worker: subprocess.Popen[bytes]
) -> None:
    number = _running(lab, worker)
    other = Worker.of(worker.pid)
    if other.ticks is None:
        other = replace(other, born=other.born - 60)
    else:
        other = replace(other, ticks=other.ticks - 6000)
    lab.assign(number, other)
    # Where only birth times tell them apart, a clock may have moved those: a heartbeat wins.
    _age(lab, number, 60)
    assert lab.run(number).state == "interrupted"


def test_a_run_that_has_ended_well_stays_so_after_its_process(
    lab: Lab, worker: subprocess.Popen[bytes]
) -> None:
    number = _running(lab, worker)
    RunWriter(lab, number).end("finished")
    worker.kill()
    worker.wait()
    assert (lab.run(number).state, lab.run(number).error) == ("finished", None)


def test_an_end_that_a_run_stores_itself_is_not_overwritten_by_a_reader(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends in good order just after a reader found its run still running."""
    number = lab.add(CONFIG)
    writer = RunWriter(Lab(lab.folder), number)
    writer.begin()

    def ends_meanwhile(worker: Worker, heartbeat: float, beat: float | None = None) -> bool:
        writer.end("finished", test_accuracy=0.9)
        return False

    monkeypatch.setattr(Worker, "alive", ends_meanwhile)
    run = lab.run(number)
    assert (run.state, run.error, run.test_accuracy) == ("finished", None, 0.9)


def test_a_worker_of_another_machine_is_known_by_its_heartbeat() -> None:
    """Its clock may differ by minutes."""
    far = Worker("another-machine", 1, 0.0)
    assert far.alive(heartbeat=time.time() - 3)
    assert far.alive(heartbeat=time.time() - 15 * 60)
    assert not far.alive(heartbeat=time.time() - 30 * 60)
    assert not far.alive(heartbeat=time.time() - 3600)


@pytest.mark.parametrize("minutes", [-90, -10, 10, 90])
def test_a_clock_that_is_set_interrupts_no_live_run(
    lab: Lab,
    worker: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
    minutes: int,
) -> None:
    """Birth times are counted from a boot time that the system moves with the clock."""
    number = _running(lab, worker)
    clock = time.time
    born = psutil.Process.create_time
    monkeypatch.setattr(time, "time", lambda: clock() + 60 * minutes)
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: born(self) + 60 * minutes)
    assert lab.run(number).state == "running"
    worker.kill()
    worker.wait()
    assert lab.run(number).state == "interrupted"


def test_where_only_birth_times_are_known_a_fresh_heartbeat_wins(
    worker: subprocess.Popen[bytes],
) -> None:
    known = replace(Worker.of(worker.pid), boot=None, ticks=None)
    assert known.alive(heartbeat=time.time() - 3600)
    moved = replace(known, born=known.born + 600)
    assert moved.alive(heartbeat=time.time() - 1)
    assert not moved.alive(heartbeat=time.time() - 3600)


@linux
def test_a_process_of_another_container_is_known_by_the_clock_of_the_boot(
    worker: subprocess.Popen[bytes],
) -> None:
    mine = Worker.of(worker.pid)
    assert mine.boot is not None
    inside = replace(mine, boot=f"{mine.boot.split()[0]} pid:[1]", ticks=1)
    worker.kill()
    worker.wait()
    hour_off = time.time() - 3600
    assert inside.alive(hour_off, monotonic_now() - 3)
    assert not inside.alive(time.time() - 3, monotonic_now() - 3600)


@linux
def test_after_a_reboot_a_process_of_the_same_number_is_another(
    worker: subprocess.Popen[bytes],
) -> None:
    before = replace(Worker.of(worker.pid), boot="another boot")
    assert not before.alive(time.time() - 60, monotonic_now())


def test_a_process_that_linux_hides_is_known_by_its_heartbeat(
    worker: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = Worker.of(worker.pid)
    read = Path.read_text

    def read_text(path: Path, *args: Any, **options: Any) -> str:
        if path == Path(f"/proc/{worker.pid}/stat"):
            raise FileNotFoundError(path)
        return read(path, *args, **options)

    monkeypatch.setattr(Path, "read_text", read_text)
    monkeypatch.setattr(
        psutil.Process, "status", lambda self: (_ for _ in ()).throw(psutil.AccessDenied())
    )
    assert hidden.alive(time.time(), monotonic_now())
    assert not hidden.alive(time.time() - 3600, monotonic_now() - 3600)
