"""Pruning schedules: when masks change, and to what sparsity. NumPy only."""

from prunelab.schedules.ac_dc import ACDC
from prunelab.schedules.base import PruningSchedule
from prunelab.schedules.by_layer import ScheduleByLayer
from prunelab.schedules.constant import ConstantSparsity
from prunelab.schedules.cosine import CosineSchedule
from prunelab.schedules.cyclical import Cyclical
from prunelab.schedules.dense_sparse_dense import DenseSparseDense
from prunelab.schedules.exponential import ExponentialDensity
from prunelab.schedules.formula import FormulaSchedule
from prunelab.schedules.imp import GeometricIMP
from prunelab.schedules.iterative import IterativeSteps
from prunelab.schedules.multi_step import MultiStep
from prunelab.schedules.one_cycle import OneCycle
from prunelab.schedules.points import PointsSchedule
from prunelab.schedules.polynomial import PolynomialDecay
from prunelab.schedules.record import schedule_from_record, schedule_record

__all__ = [
    "ACDC",
    "ConstantSparsity",
    "CosineSchedule",
    "Cyclical",
    "DenseSparseDense",
    "ExponentialDensity",
    "FormulaSchedule",
    "GeometricIMP",
    "IterativeSteps",
    "MultiStep",
    "OneCycle",
    "PointsSchedule",
    "PolynomialDecay",
    "PruningSchedule",
    "ScheduleByLayer",
    "schedule_from_record",
    "schedule_record",
]
