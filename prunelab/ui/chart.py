"""The one widget that shows every plotly figure."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import plotly.graph_objects as go
import traitlets

from prunelab.plots.binary_encoding import pack
from prunelab.plots.figure_data import FigureData, Points, Tree
from prunelab.plots.plotly_js import plotly_script

__all__ = ["Chart"]


class Chart(anywidget.AnyWidget):
    """A plotly figure that is replaced or fed from Python, from any thread.

    Numbers travel as binary, appended points travel once, and Python keeps the whole, so that
    a reloaded page or a second view shows everything. Colours that the figure leaves open follow
    the page's theme; the figure's own template is not used. Set ``layout.uirevision`` in the
    figures to keep the user's zoom when they are replaced.

    Attributes:
        label: What the chart shows, for screen readers.

    Example:
        >>> chart = Chart(go.Figure(go.Scatter(x=[], y=[])), label="Loss over steps")
        >>> chart.extend({0: {"x": np.array([1, 2]), "y": np.array([0.7, 0.6])}})
    """

    _esm = Path(__file__).with_name("chart.js")

    label = traitlets.Unicode().tag(sync=True)
    # Not a value but where the figure stands in the widget's state: it is packed when a page asks
    # for the state, and what a page sends for it is dropped.
    _figure = traitlets.Any().tag(
        sync=True,
        to_json=lambda _, chart: chart._whole(),
        from_json=lambda _, chart: None,
    )

    def __init__(self, figure: go.Figure | Tree, label: str = "") -> None:
        """Shows a figure.

        Args:
            figure: What to show. It is copied: later changes to it are not seen. As a tree it is
                not checked, which takes most of the time that a figure takes.
            label: What the chart shows, for screen readers.
        """
        self._lock = threading.RLock()
        self._series = FigureData(figure)
        # Counts every change, so that a page knows whether it missed one.
        self._revision = 0
        self._ping_callbacks: list[Callable[[], None]] = []
        self._drag_callbacks: list[Callable[[int, float, float], None]] = []
        # A chart fills its place, and may shrink in a row beside others.
        super().__init__(label=label, layout=ipywidgets.Layout(width="100%", min_width="0"))
        self.on_msg(self._receive)

    def show(self, figure: go.Figure | Tree) -> None:
        """Replaces the whole figure, what was appended to the last one included.

        Args:
            figure: What to show from now on. It is copied.
        """
        series = FigureData(figure)
        with self._lock:
            self._series = series
            self._revision += 1
            self._send_whole()

    def extend(self, points: Points) -> None:
        """Appends points to traces.

        Args:
            points: ``{trace: {attribute: values}}``, for example ``{0: {"x": x, "y": y}}``. Values
                are one-dimensional and of one length within a trace. Nested attributes are named
                with dots: ``"error_y.array"``.

        Raises:
            UsageError: If a trace does not exist, the values do not fit each other, or the
                attribute holds a single value.
        """
        buffers: list[bytes] = []
        with self._lock:
            traces = pack(list(self._series.extend(points).items()), buffers)
            self._revision += 1
            self.send({"type": "extend", "revision": self._revision, "traces": traces}, buffers)

    def tree(self) -> Tree:
        """The figure with all that was appended to it, as plain data."""
        with self._lock:
            return self._series.tree()

    def on_ping(self, callback: Callable[[], None]) -> None:
        """Calls back when a page shows the chart, and every 20 seconds while one does.

        Args:
            callback: Called without arguments, in the kernel's main thread.
        """
        self._ping_callbacks.append(callback)

    def on_drag(self, callback: Callable[[int, float, float], None]) -> None:
        """Calls back while a point of the trace `layout.meta["draggable"]` is dragged.

        Args:
            callback: Called with the point's index in the trace and where the pointer is, in the
                units of the axes. The point moves where another figure has it.
        """
        self._drag_callbacks.append(callback)

    def _whole(self) -> dict[str, Any]:
        buffers: list[bytes] = []
        with self._lock:
            figure = pack(self._series.tree(), buffers)
            return {"revision": self._revision, "figure": figure, "buffers": buffers}

    def _send_whole(self) -> None:
        whole = self._whole()
        buffers = whole.pop("buffers")
        self.send({"type": "figure", **whole}, buffers)

    def _receive(self, _: object, content: object, __: object) -> None:
        """Answers the page. Whoever can open the page can send anything: unknown is ignored."""
        match content:
            case {"type": "ping"}:
                # Messages keep their order, so by this the page knows if it missed one.
                with self._lock:
                    self.send({"type": "revision", "revision": self._revision})
                for callback in self._ping_callbacks:
                    callback()
            case {
                "type": "drag",
                "point": int(point),
                "x": float() | int() as x,
                "y": float() | int() as y,
            }:
                for heard in self._drag_callbacks:
                    heard(point, float(x), float(y))
            case {"type": "whole"}:
                with self._lock:
                    self._send_whole()
            case {"type": "plotly"}:
                self.send({"type": "plotly"}, [plotly_script()])
