"""Which weights are kept."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from prunelab import PrunelabError
from prunelab.pruning import keep_count, select
from prunelab.pruning.masks.topk_large import LargeTopK

# Few different values: many ties, zeros of both signs, and subnormals among them.
FEW = st.sampled_from([0.0, -0.0, 1e-42, -1e-42, 0.5, -0.5, 0.25, 1.0, -3e38])
ANY = st.floats(width=32, allow_nan=False, allow_infinity=False)
SHAPES = arrays.array_shapes(min_dims=1, max_dims=4, max_side=6)


def _by_full_sort(weights: np.ndarray, keep: int) -> tuple[np.ndarray, np.float32]:
    threshold = np.sort(np.abs(weights).reshape(-1))[::-1][keep - 1]
    return np.abs(weights) >= threshold, threshold


@given(arrays.arrays(np.float32, SHAPES, elements=st.one_of(FEW, ANY)), st.data())
def test_the_mask_is_the_one_of_a_full_sort_ties_included(
    weights: np.ndarray, data: st.DataObject
) -> None:
    keep = data.draw(st.integers(1, weights.size))
    mask, threshold = select(weights, keep)
    expected, magnitude = _by_full_sort(weights, keep)
    assert np.array_equal(mask, expected)
    assert threshold == magnitude


@given(arrays.arrays(np.float32, st.integers(1, 40), elements=ANY, unique=True), st.data())
def test_without_ties_exactly_so_many_are_kept(weights: np.ndarray, data: st.DataObject) -> None:
    magnitudes = np.unique(np.abs(weights))
    keep = data.draw(st.integers(1, magnitudes.size))
    assert select(magnitudes, keep)[0].sum() == keep


def test_all_that_tie_with_the_last_one_are_kept() -> None:
    mask, threshold = select(np.float32([1, -2, 2, 3, -2]), 2)
    assert mask.tolist() == [False, True, True, True, True]
    assert threshold == 2.0


def test_a_layer_of_zeros_is_kept_whole_because_all_of_it_ties() -> None:
    assert select(np.zeros((4, 4), np.float32), 1)[0].all()


def test_a_transposed_kernel_is_masked_in_its_own_shape() -> None:
    kernel = np.arange(6, dtype=np.float32).reshape(2, 3).T
    assert np.array_equal(select(kernel, 2)[0], kernel >= 4)


@pytest.mark.parametrize("kind", [np.float16, np.float64])
def test_kernels_of_other_precisions_are_ranked_by_value_too(kind: type) -> None:
    mask, threshold = select(np.array([[1, -4, 2], [0.5, 8, -0.25]], kind), 2)
    assert mask.tolist() == [[False, True, False], [False, True, False]]
    assert threshold == 4.0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_weights_that_cannot_be_ranked_are_refused_in_one_line(bad: float) -> None:
    with pytest.raises(PrunelabError, match=r"NaN or infinite.*learning rate") as told:
        select(np.float32([1.0, bad, 2.0]), 1)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("size", "density", "kept"),
    [
        (10, 0.25, 2),  # 2.5 goes to the even neighbour
        (14, 0.25, 4),  # 3.5 likewise
        (1000, 0.125, 125),
        (3, 0.05, 1),  # never none
        (7, 1.0, 7),
    ],
)
def test_the_count_is_rounded_half_to_even_and_at_least_one(
    size: int, density: float, kept: int
) -> None:
    assert keep_count(size, np.float32(density)) == kept


@pytest.mark.parametrize("density", [0.125, 0.3, 0.9, 0.012345])
@pytest.mark.parametrize("size", [1_001, 123_457, 9_999_999, 2**24 - 1, 2**24])
def test_the_count_is_computed_in_float32_like_the_reference_s(size: int, density: float) -> None:
    product = np.float32(size) * np.float32(density)
    assert product.dtype == np.float32
    assert keep_count(size, np.float32(density)) == int(np.round(product))


@pytest.mark.parametrize("density", [1.0, 0.125, 0.3, 0.9, 0.012345])
@pytest.mark.parametrize("size", [2**24 + 1, 2**24 + 2, 33_554_437, 100_000_001, 2**31 - 1])
def test_the_count_is_exact_past_what_float32_counts_one_by_one(size: int, density: float) -> None:
    exact = size * Fraction(float(np.float32(density)))
    # A Fraction rounds halves to even.
    assert keep_count(size, np.float32(density)) == round(exact)


def test_a_half_goes_to_the_even_neighbour_past_float32_as_well() -> None:
    assert keep_count(2**25 + 2, np.float32(0.25)) == 2**23
    assert keep_count(2**25 + 6, np.float32(0.25)) == 2**23 + 2


def _many(kind: str) -> np.ndarray:
    """Enough weights to be searched in parts, of a kind that a sample may mislead about."""
    random = np.random.default_rng(1)
    normal = random.standard_normal(300_000).astype(np.float32)
    return {
        "normal": normal,
        "ordered": np.sort(normal),
        "mostly zero": np.where(random.random(300_000) < 0.8, np.float32(0), normal),
        "all equal": np.full(300_000, -0.5, np.float32),
        "two values": np.where(normal > 1, np.float32(2), np.float32(-1)),
        "few values": np.round(normal * 4) / 4,
        "one that stands out": np.where(np.arange(300_000) == 7, np.float32(1e30), normal),
        "subnormal": normal * np.float32(1e-42),
    }[kind]


KINDS = ["normal", "ordered", "mostly zero", "all equal", "two values", "few values"]
KINDS += ["one that stands out", "subnormal"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "keep", [1, 2, 999, 37_500, 59_999, 60_100, 150_000, 240_000, 299_990, 299_999, 300_000]
)
def test_many_weights_get_the_mask_of_a_full_sort_too(kind: str, keep: int) -> None:
    weights = _many(kind)
    mask, threshold = select(weights.reshape(300, -1), keep)
    expected, magnitude = _by_full_sort(weights, keep)
    assert np.array_equal(mask.reshape(-1), expected)
    assert threshold == magnitude


@pytest.mark.parametrize("keep", [1, 150_000, 300_000])
def test_a_sample_that_shows_nothing_of_the_rest_misleads_nobody(keep: int) -> None:
    search = LargeTopK(300_000)
    weights = _many("normal")
    weights[search.sample_indices] = 1e-3
    threshold = search.threshold(weights.view(np.int32), keep)
    expected, magnitude = _by_full_sort(weights, keep)
    mask = np.empty(300_000, bool)
    search.mark(weights.view(np.int32), threshold, mask)
    assert np.array_equal(mask, expected)
    assert threshold.view(np.float32) == magnitude


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 123_456, 299_999])
@pytest.mark.parametrize("keep", [1, 299_999])
def test_one_bad_weight_among_many_is_an_error(bad: float, place: int, keep: int) -> None:
    weights = _many("normal")
    weights[place] = bad
    with pytest.raises(PrunelabError, match="NaN or infinite"):
        select(weights, keep)
