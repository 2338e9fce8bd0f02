"""A thread's stack is looked at without the deadlock that Python 3.11 has there."""

from __future__ import annotations

import gc
import sys
import threading
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
