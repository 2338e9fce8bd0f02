"""`RowKeys`: the rows of the table of runs by keyboard."""

from __future__ import annotations

from pathlib import Path

import anywidget

__all__ = ["RowKeys"]


class RowKeys(anywidget.AnyWidget):
    """Shows nothing: within a `prunelab-runs` it lets the arrows move and Space select."""

    _esm = Path(__file__).with_name("row_keys.js")
