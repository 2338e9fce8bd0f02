"""`StopButton`: names the runs that it stops."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import ipywidgets as widgets

from prunelab.lab import Run
from prunelab.ui.runs.progress import current

__all__ = ["StopButton"]


class StopButton(widgets.Button):
    """Stops the selected runs that wait or train; where there are none, the current run.

    Attributes:
        numbers: Which runs a click stops, the oldest first: those that the label names.
    """

    def __init__(self) -> None:
        self.numbers: list[int] = []
        super().__init__(icon="stop")
        self.show([], ())

    def show(self, runs: Sequence[Run], selected: Collection[int]) -> None:
        """Names the runs that can be stopped.

        Args:
            runs: All runs, the newest first.
            selected: Numbers of the selected runs.
        """
        meant = [run for run in reversed(runs) if run.active and run.id in selected]
        if not meant and (run := current(runs)) is not None:
            meant = [run]
        going = [run for run in meant if not run.stopping]
        self.numbers = [run.id for run in going]
        if going:
            self.description = f"Stop {_named(going)}"
            self.tooltip = "Training stops at its next batch; a run in the queue never begins"
        elif meant:
            self.description = f"Stopping {_named(meant)}"
            self.tooltip = "They were asked to stop"
        else:
            self.description, self.tooltip = "Stop", "Nothing waits or trains"
        self.disabled = not going


def _named(runs: Sequence[Run]) -> str:
    return f"run {runs[0].id}" if len(runs) == 1 else f"{len(runs)} runs"
