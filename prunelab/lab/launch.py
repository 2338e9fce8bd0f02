"""Starting the process that trains a run."""

from __future__ import annotations

import os
import subprocess
import sys

from prunelab.errors import LabError
from prunelab.lab.config import RunConfig
from prunelab.lab.journal import Journal
from prunelab.lab.lab import Lab
from prunelab.lab.process import Worker

__all__ = ["start"]


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
        LabError: where the lab cannot be written.
    """
    lab.log_path(0).parent.mkdir(exist_ok=True)
    number = lab.add(config)
    try:
        with lab.log_path(number).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "prunelab.training", str(lab.folder.resolve()), str(number)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **_ENVIRONMENT},
            )
    except OSError as error:
        told = f"the training process could not be started: {error}"
        Journal(lab, number).end("failed", error=told)
        raise LabError(f"run {number}: {told}") from error
    lab.assign(number, Worker.of(process.pid))
    return number


# The callback needs Keras on TensorFlow, whatever the user's keras.json says; the rest keeps the
# log to what matters.
_ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}
