"""Pruning schedules: when masks change, and to what sparsity. NumPy only."""

from prunelab.schedules.base import PruningSchedule
from prunelab.schedules.by_layer import ScheduleByLayer
from prunelab.schedules.constant import ConstantSparsity
from prunelab.schedules.polynomial import PolynomialDecay
from prunelab.schedules.record import schedule_from_record, schedule_record

__all__ = [
    "ConstantSparsity",
    "PolynomialDecay",
    "PruningSchedule",
    "ScheduleByLayer",
    "schedule_from_record",
    "schedule_record",
]
