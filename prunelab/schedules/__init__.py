"""Pruning schedules: when masks change, and to what sparsity. NumPy only."""

from prunelab.schedules.base import PruningSchedule
from prunelab.schedules.by_layer import ScheduleByLayer
from prunelab.schedules.kinds.ac_dc import ACDC
from prunelab.schedules.kinds.constant import ConstantSparsity
from prunelab.schedules.kinds.cosine import CosineSchedule
from prunelab.schedules.kinds.cyclical import Cyclical
from prunelab.schedules.kinds.dense_sparse_dense import DenseSparseDense
from prunelab.schedules.kinds.exponential import ExponentialDensity
from prunelab.schedules.kinds.formula import FormulaSchedule
from prunelab.schedules.kinds.geometric_imp import GeometricIMP
from prunelab.schedules.kinds.iterative import IterativeSteps
from prunelab.schedules.kinds.multi_step import MultiStep
from prunelab.schedules.kinds.one_cycle import OneCycle
from prunelab.schedules.kinds.points import PointsSchedule
from prunelab.schedules.kinds.polynomial import PolynomialDecay
from prunelab.schedules.serialization.record import schedule_from_record, schedule_record

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
