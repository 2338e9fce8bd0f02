"""Selection in all weights of a model at once: small ones, large ones, and both."""

from __future__ import annotations

import numpy as np
import pytest

from prunelab import PrunelabError
from prunelab.pruning import select
from prunelab.pruning.masks.topk_many import ManyTopK

MANY_SMALL = [(300, 150)] * 3
MODELS = {
    "small": [(8, 3), (40,)],
    "large": [(300, 200), (70_000,)],
    "both": [(8, 3), (300, 200), (5, 4, 2), (70_000,)],
    "many small": MANY_SMALL,
    "many small and a large one": [*MANY_SMALL, (300, 200)],
}


def _weights(shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    random = np.random.default_rng(1)
    return [random.standard_normal(shape).astype(np.float32) for shape in shapes]


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("placed", [True, False])
def test_each_array_gets_the_mask_that_it_gets_alone(kind: str, placed: bool) -> None:
    shapes = MODELS[kind]
    weights, keep = _weights(shapes), [int(np.prod(shape)) // 3 for shape in shapes]
    places = [np.ones(shape, bool) if placed else None for shape in shapes]
    chosen = ManyTopK(shapes).select(weights, keep, places)
    for one, kept, (mask, threshold) in zip(weights, keep, chosen, strict=True):
        alone, alone_threshold = select(one, kept)
        assert np.array_equal(mask, alone)
        assert threshold == alone_threshold


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("bad", [0, -1])
def test_one_weight_that_cannot_be_ranked_leaves_every_mask_as_it_was(kind: str, bad: int) -> None:
    shapes = MODELS[kind]
    weights = _weights(shapes)
    weights[bad].reshape(-1)[-1] = np.nan
    places = [np.ones(shape, bool) for shape in shapes]
    with pytest.raises(PrunelabError, match="NaN or infinite"):
        ManyTopK(shapes).select(weights, [1] * len(shapes), places)
    assert all(place.all() for place in places)


def test_a_large_mask_is_put_where_it_was_asked_for() -> None:
    weights, place = _weights([(300, 200)]), np.zeros((300, 200), bool)
    ((mask, _),) = ManyTopK([(300, 200)]).select(weights, [6000], [place])
    assert mask is place
    assert np.count_nonzero(place) == 6000
