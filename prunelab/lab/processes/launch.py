"""Starting the process that trains a run."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress

from prunelab.errors import LabError, UsageError
from prunelab.lab.config import RunConfig
from prunelab.lab.lab import Lab
from prunelab.lab.processes.process_identity import Worker
from prunelab.lab.processes.signals import held_back
from prunelab.lab.run_writer import RunWriter

__all__ = ["at_once", "start"]


def start(lab: Lab, config: RunConfig) -> int:
    """Enters a run into the lab and starts a process of its own that trains it.

    The process is in a session of its own: it outlives the caller, be that a command, a notebook's
    kernel or a server. It is stopped by `Lab.stop`.

    Args:
        lab: The lab that the run is stored in.
        config: What to train.

    Returns:
        The number of the run.

    Raises:
        LabError: where the lab cannot be written, or no process started.
        UsageError: where `PRUNELAB_AT_ONCE` is no whole number above 0.
    """
    at_once()  # A word that is no number is told here, not in a log.
    number = lab.add(config)
    journal = RunWriter(lab, number)
    try:
        # -P: a user's own calendar.py in this folder is not to stand in for Python's.
        lab.log_path(number).parent.mkdir(exist_ok=True)
        journal.reserve()
        with lab.log_path(number).open("wb") as log, held_back():
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "prunelab.training",
                    str(lab.folder.resolve()),
                    str(number),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **_ENVIRONMENT},
            )
    except OSError as error:
        told = f"the training process could not be started: {error}"
        with suppress(LabError):
            journal.end("failed", error=told)
        raise LabError(f"run {number}: {told}") from error
    # It says so itself as well, and where the lab cannot be written it is the one to tell.
    with suppress(LabError):
        lab.assign(number, Worker.of(process.pid))
    return number


def at_once() -> int:
    """How many runs may train side by side: TensorFlow fills about two cores with each.

    Raises:
        UsageError: where `PRUNELAB_AT_ONCE` is set to no whole number above 0.
    """
    said = os.environ.get("PRUNELAB_AT_ONCE")
    if not said:
        return max(1, (os.cpu_count() or 2) // 2)
    if not said.isdecimal() or int(said) < 1:
        raise UsageError(f"PRUNELAB_AT_ONCE={said!r} must be a whole number above 0: use 1, say")
    return int(said)


# The callback needs Keras on TensorFlow, whatever the user's keras.json says; the rest keeps the
# log to what matters.
_ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}
