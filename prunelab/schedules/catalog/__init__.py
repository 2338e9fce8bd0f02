"""What kinds of schedules there are to choose from, and what each parameter may be."""

from prunelab.schedules.catalog.form import Field, Kind
from prunelab.schedules.catalog.kinds import KINDS, kind_named, kind_of

__all__ = ["KINDS", "Field", "Kind", "kind_named", "kind_of"]
