"""A thread's stack is looked at without the deadlock that Python 3.11 has there."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

from prunelab.keras_internals.fit_guard import FitGuard


def test_frames_of_all_threads_are_listed_for_another_thread_alone_and_without_collection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bool] = []
    own = sys._current_frames

    def listed() -> dict[int, FrameType]:
        asked.append(gc.isenabled())
        return own()

    monkeypatch.setattr(sys, "_current_frames", listed)
    seen: list[bool] = []

    def fit() -> FitGuard:
        caller = FitGuard()
        watcher = threading.Thread(target=lambda: seen.append(caller.gone))
        watcher.start()
        watcher.join()
        return caller

    caller = fit()
    assert seen == [False]
    assert caller.gone
    assert asked == [False]
    assert gc.isenabled()


def test_a_stack_that_moves_while_it_is_read_is_not_one_that_was_left() -> None:
    answers: list[bool] = []
    interval = sys.getswitchinterval()

    def resumed() -> Iterator[int]:
        yield from range(3)

    def fit() -> None:
        guard = FitGuard()
        watcher = threading.Thread(target=lambda: answers.extend(guard.gone for _ in range(30_000)))
        watcher.start()
        while watcher.is_alive():
            assert sum(resumed()) == 3

    sys.setswitchinterval(1e-5)
    try:
        fit()
    finally:
        sys.setswitchinterval(interval)
    assert len(answers) == 30_000
    assert not any(answers)
