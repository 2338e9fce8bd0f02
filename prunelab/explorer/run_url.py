"""Data, model and seed as parameters of a link: `dataset=digits&model=mlp&seed=3`."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode

from prunelab.errors import UsageError
from prunelab.explorer.link_length import TOO_MUCH_SHOWN, check_length

__all__ = ["RUN_NAMES", "WRITTEN_NAMES", "read_run", "with_run"]

RUN_NAMES = (
    *("dataset", "model", "seed"),
    *("epochs", "batch_size"),
    *("scale", "target_column", "loss"),
)
"""What a link may say of a run; `target` alone is short for a schedule's `target_sparsity`."""

# What people write by themselves.
_ALSO = {"data": "dataset"}

WRITTEN_NAMES = (*RUN_NAMES, *_ALSO)
"""Every name of a link's parameter that is read here."""


def read_run(query: str) -> dict[str, str]:
    """What a link says of the run, as it was written there.

    Args:
        query: What stands after a page's address, with or without its "?". It may come from
            anybody: nothing of it is looked at here, and no path in it is opened.

    Returns:
        Texts by the names of `RUN_NAMES`, without those that the link does not have.

    Raises:
        UsageError: for a name that is there twice, or more than `LONGEST_LINK` characters.
    """
    text = query.removeprefix("?")
    check_length(text, "shorten it")
    found: dict[str, str] = {}
    for written, value in parse_qsl(text, keep_blank_values=True):
        name = _ALSO.get(written, written)
        if name not in RUN_NAMES:
            continue
        if name in found:
            raise UsageError(f"{name} is given twice: leave one of them out")
        found[name] = value
    return found


def with_run(query: str, run: Mapping[str, str]) -> str:
    """The query of a link, with what `read_run` reads from it.

    Raises:
        UsageError: for a link of more than `LONGEST_LINK` characters.
    """
    more = urlencode({name: value for name, value in run.items() if value}, quote_via=quote)
    text = "&".join(part for part in (query, more) if part)
    check_length(text, TOO_MUCH_SHOWN)
    return text
