"""Data sets: what there is, what a file must hold, and the arrays. No TensorFlow at import."""

from prunelab.data.catalog import DATASETS, describe
from prunelab.data.formats.file_kind import is_table
from prunelab.data.images import channels_first
from prunelab.data.info import DatasetInfo
from prunelab.data.load import load
from prunelab.data.reading import Dataset, Split
from prunelab.data.scaling import SCALES, read_scale

__all__ = [
    "DATASETS",
    "SCALES",
    "Dataset",
    "DatasetInfo",
    "Split",
    "channels_first",
    "describe",
    "is_table",
    "load",
    "read_scale",
]
