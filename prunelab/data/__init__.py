"""Data sets: what there is, what a file must hold, and the arrays. No TensorFlow at import."""

from prunelab.data.catalog import DATASETS, DatasetInfo, describe
from prunelab.data.load import Dataset, Split, load

__all__ = ["DATASETS", "Dataset", "DatasetInfo", "Split", "describe", "load"]
