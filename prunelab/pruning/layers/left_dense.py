"""What stays dense of a model that its user may expect to be pruned, said in a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from prunelab.keras_internals.layer_parts import layers_inside
from prunelab.pruning.layers.pruning_status import PruningStatus, Status

__all__ = ["left_dense", "nothing_to_prune"]


def left_dense(statuses: Iterable[PruningStatus]) -> list[str]:
    """The lines on weights that a callback without `layers` leaves dense, one for each reason.

    Biases, scales of normalisations, depthwise kernels and the like are no news to anybody and
    stand in the table alone.

    Args:
        statuses: Of all weights of a model.
    """
    found = list(statuses)
    lines = []
    for status, verb in ((Status.OFFERED, "stay dense"), (Status.QUANTIZED, "stay as they are")):
        part = [one for one in found if one.status is status]
        if part:
            lines.append(f"{_share(part, found)} {verb}, {_first(part)}: {part[0].why}")
    return lines


def nothing_to_prune(model: Any, statuses: Iterable[PruningStatus]) -> str:
    """The line on a model none of whose weights is pruned by default."""
    lines = left_dense(statuses)
    subject = f"model {model.name!r} has no kernel to prune: "
    if lines:
        return subject + lines[0]
    unbuilt = [layer.name for layer in layers_inside(model) if not layer.built]
    if unbuilt:
        return (
            f"{subject}layer {unbuilt[0]!r} in it is not built yet: "
            "call model(x[:1], training=True) before fit"
        )
    return f"{subject}add a Dense, Conv, recurrent or Embedding layer, or leave the callback out"


def _share(part: Sequence[PruningStatus], whole: Sequence[PruningStatus]) -> str:
    return f"{_size(part):,} of the model's {_size(whole):,} weights"


def _first(part: Sequence[PruningStatus]) -> str:
    first = part[0]
    named = f"{first.variable.path!r} of {type(first.layer).__name__}"
    return f"{named} and {len(part) - 1} more" if len(part) > 1 else named


def _size(part: Iterable[PruningStatus]) -> int:
    return sum(int(np.prod(one.variable.shape)) for one in part)
