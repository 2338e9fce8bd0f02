"""What is told to the user as a warning: one class, at the line that it is about."""

from __future__ import annotations

import pytest

import prunelab
from prunelab.errors import warn


def test_a_warning_is_told_at_the_user_s_own_line() -> None:
    with pytest.warns(prunelab.PruningWarning, match="one line") as told:
        warn("one line")
    assert told[0].filename == __file__


def test_one_filter_for_warnings_of_users_hears_of_it_too() -> None:
    with pytest.warns(UserWarning, match="one line"):
        warn("one line")
