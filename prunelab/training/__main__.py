"""The training process: `python -m prunelab.training LAB RUN`, started by `prunelab.lab.start`."""

from __future__ import annotations

import logging
import os
import sys
import threading

from prunelab.errors import LabError, PrunelabError
from prunelab.lab import Lab, RunWriter
from prunelab.lab.processes.launch import max_running
from prunelab.lab.processes.process_identity import Worker
from prunelab.training.error_line import error_line
from prunelab.training.stopping import Stopped, Stopping, interruptible

_LOG = logging.getLogger("prunelab.training")
_QUEUE_SECONDS = 0.2

# Views stay fluid beside a run that takes every core.
_NICENESS = 5


def main(folder: str, number: str) -> int:
    """Waits for the run's turn, trains it and ends it in the lab; returns the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    # On a full disk a line is lost, without a traceback for it.
    logging.raiseExceptions = False
    # A signal to end gives a run that is stopped, not one that is lost.
    stop = Stopping()
    stop.listen()
    try:
        lab, run = Lab(folder), int(number)
    except LabError as error:
        _LOG.error("%s", error)
        return 1
    run_writer = RunWriter(lab, run)
    try:
        lab.assign(run, Worker.this())
        if _wait_for_turn(run_writer, stop):
            _train(run_writer, stop)
    except PrunelabError as error:
        return _failed(run_writer, str(error))
    except MemoryError:
        return _failed(run_writer, "out of memory: use a smaller model or batch_size")
    except Exception as error:
        _LOG.exception("run %d failed", run)
        line = error_line(error)
        return _failed(run_writer, f"{type(error).__name__}: {line} (more in {lab.log_path(run)})")
    return 0


def _wait_for_turn(run_writer: RunWriter, stop: threading.Event) -> bool:
    """Waits in the queue; False where the run was ended meanwhile."""
    waits, text = 0.0, ""
    while not stop.wait(waits):
        waits = _QUEUE_SECONDS
        try:
            state = run_writer.take_turn(max_running())
        except LabError as error:
            # Another program holds the file, or its disk is full: there is no hurry in a queue.
            if str(error) != text:
                text = str(error)
                _LOG.warning("%s", text)
            continue
        if state != "queued":
            return state == "running"
    run_writer.end("stopped")
    return False


def _train(run_writer: RunWriter, stop: threading.Event) -> None:
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    try:
        with interruptible(stop):
            # Here, not above: a run that waits in the queue takes no memory and no core for it.
            from prunelab.training.run import train
    except Stopped:
        run_writer.end("stopped")
        return
    train(run_writer, run_writer.lab.config(run_writer.run), stop)


def _failed(run_writer: RunWriter, text: str) -> int:
    _LOG.error("%s", text)
    try:
        run_writer.end("failed", error=text)
    except LabError as error:
        _LOG.error("the end of run %d could not be stored: %s", run_writer.run, error)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
