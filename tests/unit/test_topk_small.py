"""Selection in a few small arrays at once, again and again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from prunelab import PrunelabError
from prunelab.pruning import select
from prunelab.pruning.masks.topk_small import SmallTopK

ELEMENTS = st.one_of(
    st.sampled_from([0.0, -0.0, 1e-42, 0.5, -0.5]),
    st.floats(width=32, allow_nan=False, allow_infinity=False),
)
ARRAYS = st.lists(
    arrays.arrays(np.float32, arrays.array_shapes(max_dims=4, max_side=5), elements=ELEMENTS),
    min_size=1,
    max_size=4,
)


@given(ARRAYS, st.data())
def test_each_array_gets_the_mask_of_a_full_sort(
    weights: list[np.ndarray], data: st.DataObject
) -> None:
    keep = [data.draw(st.integers(1, one.size)) for one in weights]
    chosen = SmallTopK([one.shape for one in weights]).select(weights, keep, [None] * len(weights))
    for one, kept, (mask, threshold) in zip(weights, keep, chosen, strict=True):
        magnitudes = np.abs(one)
        assert threshold == np.sort(magnitudes, axis=None)[-kept]
        assert np.array_equal(mask, magnitudes >= threshold)


def test_a_later_selection_knows_nothing_of_earlier_ones() -> None:
    # Through times with and without many zeros, which take another way.
    random = np.random.default_rng(0)
    shapes = [(40, 30), (900,), (3, 5, 7)]
    few = SmallTopK(shapes)
    for turn in range(40):
        weights = [random.standard_normal(shape).astype(np.float32) for shape in shapes]
        for one in weights[: turn % 4]:
            one[random.random(one.shape) < 0.02 * turn] = 0
        keep = [max(one.size // (1 + turn % 9), 1) for one in weights]
        chosen = few.select(weights, keep, [None] * 3)
        for one, kept, (mask, threshold) in zip(weights, keep, chosen, strict=True):
            alone, alone_threshold = select(one, kept)
            assert np.array_equal(mask, alone)
            assert threshold == alone_threshold


def test_a_mask_is_put_where_it_was_asked_for() -> None:
    weights = [np.float32([[1, -3], [2, 0]]), np.float32([5, 4])]
    place = np.zeros((2, 2), bool)
    (mask, _), (other, _) = SmallTopK([(2, 2), (2,)]).select(weights, [2, 1], [place, None])
    assert mask is place
    assert place.tolist() == [[False, True], [True, False]]
    assert other.tolist() == [True, False]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_weight_that_cannot_be_ranked_leaves_every_mask_as_it_was(bad: float) -> None:
    places = [np.ones(3, bool), np.ones(2, bool)]
    with pytest.raises(PrunelabError, match="NaN or infinite"):
        SmallTopK([(3,), (2,)]).select(
            [np.float32([1, 2, 3]), np.float32([bad, 1])], [1, 1], places
        )
    assert all(place.all() for place in places)


@pytest.mark.parametrize("kind", [np.float16, np.float64])
def test_arrays_of_other_precisions_are_ranked_as_float32(kind: type) -> None:
    weights = [np.array([0.5, -2, 1], kind), np.float32([3, 4])]
    (mask, threshold), (other, _) = SmallTopK([(3,), (2,)]).select(weights, [1, 1], [None, None])
    assert mask.tolist() == [False, True, False]
    assert threshold == 2
    assert other.tolist() == [False, True]
