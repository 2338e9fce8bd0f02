"""What kinds of schedules there are to choose from, and what each parameter may be."""

from prunelab.schedules.catalog.definitions import Field, Kind
from prunelab.schedules.catalog.entries import KINDS, kind_named, kind_of
from prunelab.schedules.catalog.make import BASELINE, SCHEDULES, make_schedule, parameters_to_give

__all__ = [
    "BASELINE",
    "KINDS",
    "SCHEDULES",
    "Field",
    "Kind",
    "kind_named",
    "kind_of",
    "make_schedule",
    "parameters_to_give",
]
