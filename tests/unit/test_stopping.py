"""Signals end a run's process as a stop does: in the queue, while it begins, while it loads."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from prunelab import ConstantSparsity, Lab, RunConfig
from prunelab.lab import Run, RunWriter, start
from prunelab.lab.processes.process_identity import Worker
from prunelab.lab.processes.signals import STOP_SIGNALS

CONFIG = RunConfig(ConstantSparsity(0.5, 0), epochs=2)
WAIT = 120


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A lab in which one run trains already, for all that it says, so that others wait."""
    monkeypatch.setenv("PRUNELAB_AT_ONCE", "1")
    lab = Lab(tmp_path / "lab")
    busy = RunWriter(lab, lab.add(CONFIG))
    lab.assign(busy.run, Worker.this())
    assert busy.take_turn(1) == "running"
    yield lab
    lab.close()


def _pid(lab: Lab, number: int) -> int:
    with sqlite3.connect(lab.folder / "lab.sqlite") as connection:
        return int(connection.execute("SELECT pid FROM runs WHERE id = ?", (number,)).fetchone()[0])


def _gone(pid: int) -> bool:
    """Whether a child process has ended; it is waited for."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _ended(lab: Lab, number: int) -> Run:
    deadline = time.monotonic() + WAIT
    while not _gone(_pid(lab, number)):
        assert time.monotonic() < deadline, lab.log_path(number).read_text()
        time.sleep(0.05)
    return lab.run(number)


@pytest.mark.parametrize("number", STOP_SIGNALS, ids=lambda number: number.name)
def test_each_signal_takes_a_run_out_of_the_queue_however_early_it_comes(lab, number):
    run = start(lab, CONFIG)
    # Python itself has hardly started.
    os.kill(_pid(lab, run), number)
    ended = _ended(lab, run)
    assert (ended.state, ended.error) == ("stopped", None), lab.log_path(run).read_text()


def test_a_stop_of_a_queued_run_is_there_at_once_though_its_process_sleeps(lab):
    run = start(lab, CONFIG)
    os.kill(_pid(lab, run), signal.SIGSTOP)
    assert lab.stop(run).state == "stopped"
    os.kill(_pid(lab, run), signal.SIGCONT)
    assert _ended(lab, run).state == "stopped"


def test_a_parent_still_hears_the_signals_that_it_held_back(lab):
    start(lab, CONFIG)
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, []) & set(STOP_SIGNALS)
    for run in lab.runs()[:-1]:
        lab.stop(run.id)
        _ended(lab, run.id)


_LOADING = """
import sys, threading, time
from prunelab.training.stopping import Stopped, Stopping, interruptible

stop = Stopping()
stop.listen()
try:
    with interruptible(stop):
        if sys.argv[1] == "request":
            threading.Timer(0.2, stop.set).start()
        print("loading", flush=True)
        time.sleep(600)
except Stopped:
    print("left", stop.wait(60), flush=True)
try:
    with interruptible(stop):
        print("never")
except Stopped:
    print("not begun", flush=True)
"""


@pytest.mark.parametrize(
    "number", [*STOP_SIGNALS, None], ids=lambda one: one.name if one else "request"
)
def test_what_waits_for_data_is_left_at_once(number):
    process = subprocess.Popen(
        [sys.executable, "-c", _LOADING, "request" if number is None else "signal"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "loading\n"
    if number is not None:
        process.send_signal(number)
    told, _ = process.communicate(timeout=WAIT)
    assert told.splitlines() == ["left True", "not begun"]
    assert process.returncode == 0


_WAITING = """
import sys
from prunelab.training.stopping import Stopping

stop = Stopping()
stop.listen()
print("waiting", flush=True)
for _ in range(100_000):
    if stop.wait(0.001):
        break
print("heard", flush=True)
stop.wait(60)
sys.stdin.readline()
"""


def test_signals_that_come_again_and_again_are_heard_once():
    """As a service manager sends them, while the process waits for the event itself."""
    process = subprocess.Popen(
        [sys.executable, "-c", _WAITING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    for number in STOP_SIGNALS * 20:
        process.send_signal(number)
    told, _ = process.communicate("\n", timeout=WAIT)
    assert told == "heard\n"
    assert process.returncode == 0
