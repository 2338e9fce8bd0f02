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
from prunelab.lab.processes.signals import signals_blocked
from prunelab.lab.run_writer import RunWriter

__all__ = ["max_running", "start"]


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
    max_running()  # A wrong value is an error here, rather than in the log of the process.
    number = lab.add(config)
    writer = RunWriter(lab, number)
    try:
        # -P: a calendar.py in this folder must not shadow Python's.
        lab.log_path(number).parent.mkdir(exist_ok=True)
        writer.reserve()
        with lab.log_path(number).open("wb") as log, signals_blocked():
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
        message = f"the training process could not be started: {error}"
        with suppress(LabError):
            writer.end("failed", error=message)
        raise LabError(f"run {number}: {message}") from error
    # The process does so itself as well, and reports it where the lab cannot be written.
    with suppress(LabError):
        lab.assign(number, Worker.of(process.pid))
    return number


def max_running() -> int:
    """How many runs may train at the same time: TensorFlow uses about two cores for each.

    Raises:
        UsageError: where `PRUNELAB_AT_ONCE` is set to no whole number above 0.
    """
    value = os.environ.get("PRUNELAB_AT_ONCE")
    if not value:
        return max(1, (os.cpu_count() or 2) // 2)
    if not value.isdecimal() or int(value) < 1:
        raise UsageError(f"PRUNELAB_AT_ONCE={value!r} must be a whole number above 0: use 1, say")
    return int(value)


# The callback needs Keras on TensorFlow, whatever the user's keras.json says; the
# second hides TensorFlow's information in the log.
_ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}
