"""The line that a run's failure is told by."""

from __future__ import annotations

import pytest

from prunelab.training.error_line import error_line

GRAPH = """Graph execution error:

Detected at node gather defined at (most recent call last):
  File "/somewhere/embedding.py", line 196, in call

indices[0,2] = 2 is not in [0, 2)
\t [[{{node embedding/GatherV2}}]] [Op:__inference_next_step_978]"""

CONFIG = """<class 'Sequential'> could not be deserialized properly. Please ensure that ...

config={'module': 'keras'}.

Exception encountered: Unrecognized keyword arguments: ['colour']"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (GRAPH, "indices[0,2] = 2 is not in [0, 2)"),
        (CONFIG, "Unrecognized keyword arguments: ['colour']"),
        ("one\ntwo", "one"),
        ("\n  later\n", "later"),
        ("", "ValueError"),
        ("Graph execution error:", "Graph execution error:"),
        ("long " * 100, ("long " * 60)),
    ],
)
def test_the_line_that_says_what_is_wrong_is_told(text: str, line: str) -> None:
    assert error_line(ValueError(text)) == line
