"""How long a link may be."""

from __future__ import annotations

from prunelab.errors import UsageError

__all__ = ["LONGEST_LINK", "TOO_MUCH_SHOWN", "check_length"]

# What every browser, mail program and proxy lets through.
LONGEST_LINK = 4_000

TOO_MUCH_SHOWN = "show fewer schedules, or save them as presets"
"""The mend of a link that is too long as it is made."""


def check_length(query: str, mend: str) -> None:
    """Checks that a link is not too long.

    Args:
        query: What stands after the address.
        mend: What to do, for the error.

    Raises:
        UsageError: for more than `LONGEST_LINK` characters.
    """
    if len(query) > LONGEST_LINK:
        raise UsageError(
            f"a link of {len(query):,} characters is more than {LONGEST_LINK:,}: {mend}"
        )
