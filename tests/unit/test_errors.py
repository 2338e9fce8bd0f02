"""What is told to the user: warnings at the line they are about, errors of others in a line."""

from __future__ import annotations

import pytest

import prunelab
from prunelab.errors import first_line, warn


def test_a_warning_is_told_at_the_user_s_own_line() -> None:
    with pytest.warns(prunelab.PruningWarning, match="one line") as told:
        warn("one line")
    assert told[0].filename == __file__


def test_one_filter_for_warnings_of_users_hears_of_it_too() -> None:
    with pytest.warns(UserWarning, match="one line"):
        warn("one line")


@pytest.mark.parametrize(
    ("text", "most", "told"),
    [
        ("one\ntwo", None, "one"),
        ("\n  two", None, "two"),
        ("", None, "ValueError"),
        ("\n", None, "ValueError"),
        ("a long line", 6, "a long"),
    ],
)
def test_an_error_of_others_is_told_by_the_line_that_says_anything(
    text: str, most: int | None, told: str
) -> None:
    assert first_line(ValueError(text), most) == told
