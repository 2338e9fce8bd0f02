"""The training process: `python -m prunelab.training LAB RUN`, started by `prunelab.lab.start`."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading

from prunelab.errors import PrunelabError
from prunelab.lab import Journal, Lab
from prunelab.lab.process import Worker

_LOG = logging.getLogger("prunelab.training")
_TURN_SECONDS = 0.2

# Views stay fluid while a run takes every core that they leave.
_NICENESS = 5


def main(folder: str, number: str) -> int:
    """Waits for the run's turn, trains it and ends it in the lab; returns the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    lab, run = Lab(folder), int(number)
    lab.assign(run, Worker.this())
    journal = Journal(lab, run)
    # Whoever ends the process politely gets a run that is stopped, not one that is lost.
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    state = journal.take_turn(_at_once())
    while state == "queued" and not stop.wait(_TURN_SECONDS):
        state = journal.take_turn(_at_once())
    if state == "stopped":
        return 0
    if state == "queued":
        journal.end("stopped")
        return 0
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    try:
        # Here, not above: a run that waits its turn keeps its hands off memory and cores.
        from prunelab.training.run import train

        train(lab, run, lab.config(run), stop)
    except PrunelabError as error:
        return _failed(journal, str(error))
    except MemoryError:
        return _failed(journal, "out of memory: use a smaller model or batch_size")
    except Exception as error:
        _LOG.exception("run %d failed", run)
        line = (str(error) or type(error).__name__).splitlines()[0]
        return _failed(journal, f"{type(error).__name__}: {line} (more in {lab.log_path(run)})")
    return 0


def _at_once() -> int:
    """How many runs may train side by side: TensorFlow fills about two cores with each."""
    return int(os.environ.get("PRUNELAB_AT_ONCE") or max(1, (os.cpu_count() or 2) // 2))


def _failed(journal: Journal, told: str) -> int:
    _LOG.error("%s", told)
    journal.end("failed", error=told)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
