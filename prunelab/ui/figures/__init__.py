"""Plotly figures by pure functions: data in, `plotly.graph_objects.Figure` out."""

from prunelab.ui.figures.frontier import frontier_figure
from prunelab.ui.figures.live import LIVE, Panel, live_figure
from prunelab.ui.figures.schedule import Drawn, schedule_tree

__all__ = ["LIVE", "Drawn", "Panel", "frontier_figure", "live_figure", "schedule_tree"]
