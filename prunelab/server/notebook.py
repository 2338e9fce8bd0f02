"""Where the dashboard's notebook is."""

from __future__ import annotations

from pathlib import Path

from prunelab.errors import PrunelabError

__all__ = ["dashboard_notebook"]

_HERE = Path(__file__).parent


def dashboard_notebook() -> Path:
    """The notebook that Voila serves: beside this file in a wheel, in `notebooks/` of a checkout.

    Raises:
        PrunelabError: where it is at neither.
    """
    paths = [_HERE / "dashboard.ipynb", _HERE.parents[1] / "notebooks" / "dashboard.ipynb"]
    for path in paths:
        if path.is_file():
            return path
    raise PrunelabError(f"the dashboard's notebook is not at {paths[0]}: install prunelab again")
