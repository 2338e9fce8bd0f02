"""How far a run is: a bar in a terminal, else a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

import pandas as pd
from tqdm import tqdm

from prunelab.lab import Lab, Run

__all__ = ["Progress"]

# A line follows a line after a tenth of the run, or after so many seconds, or after such a share of
# the time so far, so that a run of days does not fill its log.
_TENTH = 0.1
_SECONDS = 10.0
_SHARE = 0.05

# The rate is left out: in 80 columns there is room for what was measured, then.
_FORMAT = "{desc}{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{remaining} left{postfix}]"


class Progress:
    """Tells how far one run is, whenever it is asked to.

    Args:
        lab: The lab.
        run: The run.
        stream: Where to tell it: a bar if it is a terminal, else lines.
        clock: Seconds that never go back.
    """

    def __init__(
        self, lab: Lab, run: Run, stream: TextIO, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._lab = lab
        self._stream = stream
        self._clock = clock
        self._began = self._told_at = clock()
        self._told_step = 0
        self._lines = not stream.isatty()
        self._bar = tqdm(
            total=run.steps,
            file=stream,
            disable=self._lines,
            dynamic_ncols=True,
            bar_format=_FORMAT,
        )

    def show(self, run: Run) -> None:
        """Tells how far it is now, where it is time for that."""
        if not self._lines:
            self._bar.set_description("stopping" if run.stopping else run.state, refresh=False)
            self._bar.set_postfix_str(", ".join(self._measured(run)), refresh=False)
            self._bar.update(run.steps_done - self._bar.n)
            self._bar.refresh()
        elif run.active and self._is_due(run):
            print(f"run {run.id}: {', '.join(self._line(run))}", file=self._stream, flush=True)
            self._told_at, self._told_step = self._clock(), run.steps_done

    def close(self) -> None:
        """Leaves the bar as it is."""
        self._bar.close()

    def _is_due(self, run: Run) -> bool:
        now = self._clock()
        wait = max(_SECONDS, _SHARE * (now - self._began))
        far = run.steps_done - self._told_step >= _TENTH * run.steps
        return far or now - self._told_at >= wait

    def _line(self, run: Run) -> list[str]:
        if not run.steps_done:
            return [run.state]
        parts = [f"step {run.steps_done:,}/{run.steps:,}", *self._measured(run)]
        each = self._lab.seconds_a_step(run.id)
        if each is not None:
            left = tqdm.format_interval(each * (run.steps - run.steps_done))
            parts.append(f"{left} left")
        return parts

    def _measured(self, run: Run) -> list[str]:
        """The last step's values, and the last epoch's validation, as far as they are there."""
        steps = self._lab.metrics(run.id, after=run.steps_done - 1)
        epochs = self._lab.epochs(run.id)
        return [
            *_texts(steps, ["loss", "accuracy", "sparsity"]),
            *_texts(epochs, ["val_loss", "val_accuracy"]),
        ]


def _texts(frame: pd.DataFrame, names: list[str]) -> list[str]:
    """Values of the last row, those that are missing left out."""
    if not len(frame):
        return []
    last = frame.iloc[-1]
    return [
        f"{name} {last[name]:.4f}" if name.endswith("loss") else f"{name} {last[name]:.2%}"
        for name in names
        if pd.notna(last[name])
    ]
