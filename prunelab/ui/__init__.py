"""Widgets: the explorer, the monitor, the frontier and the dashboard of all. No TensorFlow."""

from prunelab.ui.chart import Chart
from prunelab.ui.dashboard import Dashboard
from prunelab.ui.explorer import ScheduleExplorer
from prunelab.ui.frontier import FrontierView
from prunelab.ui.monitor import TrainingMonitor

__all__ = ["Chart", "Dashboard", "FrontierView", "ScheduleExplorer", "TrainingMonitor"]
