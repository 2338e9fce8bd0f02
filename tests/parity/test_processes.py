"""A process of the parity tests is waited for while it works; what fails is one clear error."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

import pytest
from processes import Side, Sides


def _side(folder: Path, script: str) -> Side:
    file = folder / "script.py"
    file.write_text(script)
    return Side(folder, [str(file), str(folder)], os.environ)


def test_a_process_that_ends_well_gives_its_folder(tmp_path: Path) -> None:
    script = "import sys, pathlib; pathlib.Path(sys.argv[1], 'result').write_text('done')"
    sides = Sides(tmp_path, [_side(tmp_path, script)])
    assert (sides.results() / "result").read_text() == "done"
    assert sides.results() == tmp_path


def test_the_first_that_asks_fails_with_the_reason_and_the_others_are_skipped(
    tmp_path: Path,
) -> None:
    sides = Sides(tmp_path, [_side(tmp_path, "raise ValueError('no such layer')")])
    with pytest.raises(pytest.fail.Exception, match=r"script\.py ended with code 1[^$]*no such"):
        sides.results()
    for _ in range(3):
        with pytest.raises(pytest.skip.Exception, match="the first error says how"):
            sides.results()


def test_a_process_without_progress_is_ended_and_its_last_progress_named(tmp_path: Path) -> None:
    script = "import sys, time; print('case 7', flush=True); time.sleep(10_000)"
    side = _side(tmp_path, script)
    while not (tmp_path / "script.py.progress").read_text():
        side.wait(0.05)
    hours = (3600.0 * hour for hour in count())
    sides = Sides(tmp_path, [side], silence=7200.0, clock=lambda: next(hours))
    with pytest.raises(pytest.fail.Exception, match="no progress for 7200 seconds, after case 7"):
        sides.results()
    assert side.wait(0)


def test_a_slow_process_is_waited_for_while_it_reports_progress(tmp_path: Path) -> None:
    side = _side(tmp_path, "import time; time.sleep(10_000)")
    try:
        progress = tmp_path / "script.py.progress"
        for hour in range(1, 50):
            progress.write_text("a case\n" * hour)
            assert side.problem(7200.0, 1e9 + 3600.0 * hour) == ""
        assert side.problem(7200.0, 1e9 + 3600.0 * 51) != ""
    finally:
        side.end()
