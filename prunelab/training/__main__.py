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
_TURN_SECONDS = 0.2

# Views stay fluid while a run takes every core that they leave.
_NICENESS = 5


def main(folder: str, number: str) -> int:
    """Waits for the run's turn, trains it and ends it in the lab; returns the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    # A line that finds no space on a full disk is lost; it is to bring no traceback in its stead.
    logging.raiseExceptions = False
    # Whoever ends the process politely gets a run that is stopped, not one that is lost.
    stop = Stopping()
    stop.listen()
    try:
        lab, run = Lab(folder), int(number)
    except LabError as error:
        _LOG.error("%s", error)
        return 1
    journal = RunWriter(lab, run)
    try:
        lab.assign(run, Worker.this())
        if _wait_for_turn(journal, stop):
            _train(journal, stop)
    except PrunelabError as error:
        return _failed(journal, str(error))
    except MemoryError:
        return _failed(journal, "out of memory: use a smaller model or batch_size")
    except Exception as error:
        _LOG.exception("run %d failed", run)
        line = error_line(error)
        return _failed(journal, f"{type(error).__name__}: {line} (more in {lab.log_path(run)})")
    return 0


def _wait_for_turn(journal: RunWriter, stop: threading.Event) -> bool:
    """Waits in the queue; False where the run was ended meanwhile."""
    waits, told = 0.0, ""
    while not stop.wait(waits):
        waits = _TURN_SECONDS
        try:
            state = journal.take_turn(max_running())
        except LabError as error:
            # Another program holds the file, or its disk is full: there is no hurry in a queue.
            if str(error) != told:
                told = str(error)
                _LOG.warning("%s", told)
            continue
        if state != "queued":
            return state == "running"
    journal.end("stopped")
    return False


def _train(journal: RunWriter, stop: threading.Event) -> None:
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    try:
        with interruptible(stop):
            # Here, not above: a run that waits its turn keeps its hands off memory and cores.
            from prunelab.training.run import train
    except Stopped:
        journal.end("stopped")
        return
    train(journal, journal.lab.config(journal.run), stop)


def _failed(journal: RunWriter, told: str) -> int:
    _LOG.error("%s", told)
    try:
        journal.end("failed", error=told)
    except LabError as error:
        _LOG.error("the end of run %d could not be stored: %s", journal.run, error)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
