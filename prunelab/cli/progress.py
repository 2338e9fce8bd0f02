"""How far a run is: a bar in a terminal, else a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable
from shutil import get_terminal_size
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

# The order of values in a line, and in a bar as far as there is room.
_LINE = ("loss", "accuracy", "sparsity", "val_loss", "val_accuracy")
_IN_BAR = ("loss", "accuracy", "val_accuracy", "sparsity", "val_loss")

# As short as it can be, so that 80 columns have room for loss, accuracy and validation.
_FORMAT = "{desc}{percentage:3.0f}% {bar} {n_fmt}/{total_fmt} {remaining} left{postfix}"

# What its signs, percentage and time left take.
_BAR_WIDTH = 21


class Progress:
    """Shows how far one run is.

    Args:
        lab: The lab.
        run: The run.
        stream: Where to show it: as a bar if it is a terminal, else as lines.
        clock: Seconds that never go back.
    """

    def __init__(
        self, lab: Lab, run: Run, stream: TextIO, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._lab = lab
        self._stream = stream
        self._clock = clock
        self._began = self._shown_at = clock()
        self._shown_step = 0
        self._lines = not stream.isatty()
        self._bar = tqdm(
            total=run.steps,
            file=stream,
            disable=self._lines,
            dynamic_ncols=True,
            bar_format=_FORMAT,
        )

    def show(self, run: Run) -> None:
        """Shows how far it is now, where a new line is due."""
        if not self._lines:
            state = "stopping" if run.stopping else run.state
            self._bar.set_description(None if state == "running" else state, refresh=False)
            self._bar.set_postfix_str(self._in_bar(run), refresh=False)
            self._bar.update(run.steps_done - self._bar.n)
            self._bar.refresh()
        elif run.active and self._is_due(run):
            print(f"run {run.id}: {', '.join(self._line(run))}", file=self._stream, flush=True)
            self._shown_at, self._shown_step = self._clock(), run.steps_done

    def close(self) -> None:
        """Leaves the bar as it is."""
        self._bar.close()

    def _is_due(self, run: Run) -> bool:
        now = self._clock()
        wait = max(_SECONDS, _SHARE * (now - self._began))
        far = run.steps_done - self._shown_step >= _TENTH * run.steps
        return far or now - self._shown_at >= wait

    def _line(self, run: Run) -> list[str]:
        if not run.steps_done:
            return [run.state]
        found = self._last_values(run)
        values = [_text(name, found[name], 2) for name in _LINE if name in found]
        parts = [f"step {run.steps_done:,}/{run.steps:,}", *values]
        seconds = self._lab.seconds_a_step(run.id)
        if seconds is not None:
            left = tqdm.format_interval(seconds * (run.steps - run.steps_done))
            parts.append(f"{left} left")
        return parts

    def _in_bar(self, run: Run) -> str:
        """As much as there is room for in the terminal beside the bar."""
        room = get_terminal_size().columns - _BAR_WIDTH
        room -= len(self._bar.desc or "") + 2 * len(str(run.steps))
        found, text = self._last_values(run), ""
        for name in _IN_BAR:
            if name in found:
                longer = ", ".join(filter(None, (text, _text(name, found[name], 1))))
                if len(longer) > room:
                    break
                text = longer
        return text

    def _last_values(self, run: Run) -> dict[str, float]:
        """The last step's values, and the last epoch's validation, as far as they are there."""
        steps = self._lab.metrics(run.id, after=run.steps_done - 1)
        epochs = self._lab.epochs(run.id)
        last = {**_last(steps), **_last(epochs)}
        return {name: last[name] for name in _LINE if name in last}


def _last(frame: pd.DataFrame) -> dict[str, float]:
    """The last row without what is missing."""
    return dict(frame.iloc[-1].dropna()) if len(frame) else {}


def _text(name: str, value: float, digits: int) -> str:
    return f"{name} {value:.4f}" if name.endswith("loss") else f"{name} {value:.{digits}%}"
