"""`Starter`: the button that starts a run, and what it asks before."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from prunelab.lab import Lab, RunConfig, same_runs, start
from prunelab.plan import Finding, Mend, blocking
from prunelab.ui.common.question import Question

__all__ = ["Starter"]


class Starter:
    """Starts the run that is chosen; it asks first where that misses its target, or is there.

    Args:
        lab: Where runs are entered.
        config: Gives the run that is chosen.
        run_click: Runs what a click does: it holds the lock, shows errors and reads the lab after.
        mend: Does what mends a finding.

    Attributes:
        button: Asks for the run.
        question: What is asked, with a button for each answer.
    """

    def __init__(
        self,
        lab: Lab,
        config: Callable[[], RunConfig],
        run_click: Callable[[Callable[[], None]], None],
        mend: Callable[[Mend], None],
    ) -> None:
        self._lab = lab
        self._run_click = run_click
        self._mend = mend
        self.button = widgets.Button(
            description="Train", button_style="primary", icon="play", tooltip="Start this run"
        )
        self.question = Question()
        self.button.on_click(lambda _: run_click(lambda: self._train(config())))

    def _train(self, config: RunConfig) -> None:
        self.question.withdraw()
        found = blocking(config.plan)
        if found is None:
            self._start_or_ask(config)
        else:
            self._ask_about(found, config)

    def _ask_about(self, found: Finding, config: RunConfig) -> None:
        def mended(mend: Mend) -> Callable[[], None]:
            return lambda: self._mend(mend)

        self.question.ask(
            f"{found.text}. Train all the same?",
            [
                *((mend.label, mended(mend)) for mend in found.mends),
                ("Train anyway", lambda: self._run_click(lambda: self._start_or_ask(config))),
                ("Leave it", _nothing),
            ],
        )

    def _start_or_ask(self, config: RunConfig) -> None:
        same = same_runs(config, self._lab.runs())
        if not same:
            start(self._lab, config)
            return
        newest = same[0]
        is_now = {"queued": "waits", "running": "trains"}.get(newest.state, "finished")
        self.question.ask(
            f"Run {newest.id} is the same, with the same seed ({newest.seed}), and {is_now}.",
            [
                ("Queue it again", lambda: self._run_click(lambda: _start(self._lab, config))),
                ("Leave it", _nothing),
            ],
        )


def _start(lab: Lab, config: RunConfig) -> None:
    start(lab, config)


def _nothing() -> None:
    """The question is withdrawn, and that is all."""
