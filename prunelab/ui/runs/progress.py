"""`Progress`: how far the current run is, in a bar and a line."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as widgets

from prunelab.lab import Run
from prunelab.ui.common.words import TextLine

__all__ = ["Progress", "current"]


def current(runs: Sequence[Run]) -> Run | None:
    """The run that trains now, or the next one in the queue, or none."""
    active = sorted((run for run in runs if run.active), key=lambda run: run.id)
    return next((run for run in active if run.state == "running"), active[0] if active else None)


class Progress(widgets.VBox):
    """A bar with a line below it: step, time left, or how the last run ended.

    Attributes:
        bar: The bar; hidden where a run does not say how long it is.
        line: The line.
    """

    def __init__(self) -> None:
        self.bar = widgets.IntProgress(value=0, min=0, max=1)
        self.bar.add_class("prunelab-progress")
        self.line = TextLine("Nothing is training.")
        super().__init__([self.bar, self.line])

    def show(self, runs: Sequence[Run], left: float | None) -> None:
        """Shows how things stand.

        Args:
            runs: All runs, the newest first.
            left: Seconds that the current run will still take, where that can be said.
        """
        run = current(runs)
        if run is None:
            self.bar.value = 0
            self.bar.layout.display = None
            self.line.show(_ended(runs[0]) if runs else "Nothing is training.")
            return
        # A script of the user's own need not know how many steps it will take.
        self.bar.layout.display = None if run.steps else "none"
        self.bar.max = max(run.steps, 1)
        self.bar.value = run.steps_done
        waiting = sum(other.state == "queued" for other in runs if other.id != run.id)
        self.line.show(_going(run, left) + (f" {waiting} more in the queue." if waiting else ""))


def _going(run: Run, left: float | None) -> str:
    if run.error:
        return f"Run {run.id}: step {run.steps_done:,}, but {run.error}."
    if run.stopping:
        when = "." if run.state == "queued" else " at its next batch."
        return f"Run {run.id}: stopping{when}"
    if run.state == "queued":
        return f"Run {run.id}: waiting for its process."
    if not run.steps_done:
        loading = "." if run.script else ", TensorFlow is being loaded."
        return f"Run {run.id}: starting{loading}"
    if not run.steps:
        return f"Run {run.id}: step {run.steps_done:,}."
    if run.steps_done >= run.steps:
        # What a script does after its last step is its own matter.
        rest = "." if run.script else ", testing and saving."
        return f"Run {run.id}: all {run.steps:,} steps done{rest}"
    time_left = "" if left is None else f", {_duration(left)} left"
    return f"Run {run.id}: step {run.steps_done:,} of {run.steps:,}{time_left}."


def _ended(run: Run) -> str:
    if run.error:
        return f"Run {run.id} {run.state}: {run.error}"
    line = f"Run {run.id} {run.state} after step {run.steps_done:,}"
    if run.steps:
        line += f" of {run.steps:,}"
    if run.test_accuracy is not None and run.sparsity is not None:
        line += f": {run.test_accuracy:.2%} test accuracy at {run.sparsity:.2%} sparsity"
    return line + "."


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
