"""The data of one chart on Python's side: a figure and all that was appended to it since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from prunelab.errors import UsageError
from prunelab.plots.binary_encoding import compact

__all__ = ["FigureData", "Points", "Tree"]

Tree = dict[str, Any]
"""A figure as plain data: ``{"data": [...], "layout": {...}}``."""

Points = Mapping[int, Mapping[str, npt.ArrayLike]]
"""What is appended: ``{trace: {attribute: values}}``; nested attributes by dots."""


class FigureData:
    """A figure as a tree of dicts that grows at its ends.

    Appended pieces are only kept; they are joined when the whole is asked for. So a piece costs
    its own length, however long the trace has become.
    """

    def __init__(self, figure: go.Figure | Tree) -> None:
        """Takes over a copy of the figure; of a tree, its traces and its layout may not change."""
        if isinstance(figure, go.Figure):
            self._data = [trace.to_plotly_json() for trace in figure.data]
            self._layout = figure.layout.to_plotly_json()
        else:
            self._data = [dict(trace) for trace in figure["data"]]
            self._layout = dict(figure["layout"])
        # The page's theme takes the template's place; it would be 7 KB with every figure.
        self._layout.pop("template", None)
        self._pieces: dict[tuple[int, str], list[npt.NDArray[Any]]] = {}

    def extend(self, points: Points) -> dict[int, dict[str, npt.NDArray[Any]]]:
        """Appends values to attributes of traces. All of it is checked before any of it is kept.

        Args:
            points: ``{trace: {attribute: values}}`` with one-dimensional values, of one length
                within a trace.

        Returns:
            The same values, copied and in their smallest types.

        Raises:
            UsageError: If a trace does not exist, the values are not one-dimensional or differ
                in length within a trace, or the attribute holds a single value.
        """
        checked = {index: self._checked(index, columns) for index, columns in points.items()}
        for index, columns in checked.items():
            for path, values in columns.items():
                self._pieces.setdefault((index, path), []).append(values)
        return checked

    def tree(self) -> dict[str, Any]:
        """The whole figure, appended values included: ``{"data": [...], "layout": {...}}``."""
        for (index, path), pieces in self._pieces.items():
            parent, name = _parent(self._data[index], path)
            start = parent.get(name)
            whole = [] if start is None or len(start) == 0 else [np.asarray(start)]
            parent[name] = np.concatenate([*whole, *pieces])
        self._pieces.clear()
        return {"data": self._data, "layout": self._layout}

    def _checked(
        self, index: int, columns: Mapping[str, npt.ArrayLike]
    ) -> dict[str, npt.NDArray[Any]]:
        if not 0 <= index < len(self._data):
            raise UsageError(f"trace {index} does not exist: the figure has {len(self._data)}")
        arrays = {path: compact(np.asarray(values)) for path, values in columns.items()}
        lengths = {path: len(values) if values.ndim == 1 else -1 for path, values in arrays.items()}
        if -1 in lengths.values() or len(set(lengths.values())) > 1:
            shapes = ", ".join(f"{path} {values.shape}" for path, values in arrays.items())
            raise UsageError(f"trace {index}: values must be flat and of one length, not {shapes}")
        for path in arrays:
            parent, name = _parent(self._data[index], path)
            if not isinstance(parent.get(name), list | tuple | np.ndarray | None):
                raise UsageError(f"trace {index}: {path} holds one value and cannot be extended")
        return arrays


def _parent(trace: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """The dict that holds the attribute at a dotted path, and the attribute's own name."""
    *above, name = path.split(".")
    for key in above:
        trace = trace.setdefault(key, {})
    return trace, name
