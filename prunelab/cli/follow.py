"""Following a run on the command line."""

from __future__ import annotations

import json
import sys
import time
from contextlib import closing
from pathlib import Path

from prunelab.cli.labs import run_json
from prunelab.cli.progress import Progress
from prunelab.cli.tables.terminal_text import printable
from prunelab.lab import Lab, Run

__all__ = ["follow"]

_LOOK_SECONDS = 0.2
_INTERRUPTED = 130


def follow(lab: Lab, number: int, *, as_json: bool) -> int:
    """Shows a run's progress until it ends. Ctrl-C asks it to stop and waits for that.

    Args:
        lab: The lab.
        number: The run.
        as_json: Whether to print the run as JSON at the end, and all else to the error stream.

    Returns:
        0 where it finished or was stopped, 1 where it failed or was interrupted, 130 where Ctrl-C
        stopped it: a script is not to go on as if it had finished.

    Raises:
        KeyboardInterrupt: for a second Ctrl-C, which leaves the run to itself.
    """
    stream = sys.stderr if as_json else sys.stdout
    run = lab.run(number)
    print(f"run {number}: {printable(run.name)}", file=stream, flush=True)
    interrupted = False
    try:
        with closing(Progress(lab, run, stream)) as progress:
            while run.active:
                try:
                    time.sleep(_LOOK_SECONDS)
                    run = lab.run(number)
                    progress.show(run)
                except KeyboardInterrupt:
                    if interrupted:
                        raise
                    interrupted = True
                    run = lab.stop(number)
    except KeyboardInterrupt:
        text = "ends at its next batch" if run.stopping else "goes on"
        print(f"\nrun {number} {text}: see prunelab runs, prunelab stop {number}", file=stream)
        raise
    if as_json:
        print(json.dumps(run_json(lab, run), indent=2))
    else:
        print(printable(_outcome(run, lab.model_file(number))))
    if interrupted:
        return _INTERRUPTED
    return 0 if run.state in ("finished", "stopped") else 1


def _outcome(run: Run, model: Path | None) -> str:
    if run.state in ("failed", "interrupted"):
        return f"run {run.id}: {run.state} after step {run.steps_done:,}: {run.error}"
    text = f"run {run.id}: {run.state} after step {run.steps_done:,}"
    if run.seconds is not None:
        text += f" in {run.seconds:.1f} s"
    if run.sparsity is not None:
        text += f", sparsity {run.sparsity:.2%}"
    if run.test_accuracy is not None:
        text += f", test accuracy {run.test_accuracy:.2%}"
    for kind, size in (run.bytes or {}).items():
        text += f", {size:,} bytes {kind.replace('_', ' + ')}"
    if run.error:
        text += f", but {run.error}"
    if model is not None:
        text += f"; its model is {model}"
    return text
