"""What holds for every schedule, weight and rule: properties over made-up cases."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from prunelab import ConstantSparsity, PolynomialDecay, PruningSchedule, UsageError
from prunelab.pruning import keep_count, select
from prunelab.pruning.masks.erk import erk_densities
from prunelab.pruning.masks.m_by_n_sparsity import m_by_n_mask
from prunelab.pruning.masks.mask_rules import MaskRules
from prunelab.pruning.masks.topk import Selector
from prunelab.pruning.session.schedule_lookahead import Lookahead

# A few hundred small cases each: seven tests of 300 make 2,100.
many = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)

SPARSITY = st.floats(0, 0.999)
DENSITY = st.floats(0.001, 1).map(np.float32)
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
WEIGHTS = arrays.arrays(np.float32, arrays.array_shapes(max_dims=4, max_side=6), elements=FLOATS)
MATRICES = arrays.arrays(np.float32, st.tuples(*[st.integers(1, 9)] * 2), elements=FLOATS)


@st.composite
def schedules(draw: st.DrawFn) -> PruningSchedule:
    begin, frequency = draw(st.integers(0, 50)), draw(st.integers(1, 20))
    if draw(st.booleans()):
        return ConstantSparsity(draw(SPARSITY), begin, frequency=frequency)
    end = begin + draw(st.integers(1, 100))
    power = draw(st.sampled_from([0.5, 1, 1.5, 2, 3, 4]))
    return PolynomialDecay(draw(SPARSITY), draw(SPARSITY), begin, end, power, frequency)


@many
@given(schedules(), st.integers(1, 200))
def test_a_schedule_answers_alike_for_one_step_and_many_and_within_its_ends(
    schedule: PruningSchedule, last: int
) -> None:
    steps = np.arange(1, last + 1)
    due, sparsity = schedule.on(steps)
    one_due, one_sparsity = schedule.on(last)
    assert due[-1] == one_due
    assert sparsity[-1] == one_sparsity
    assert ((sparsity >= 0) & (sparsity < 1)).all()
    densities = schedule.density(steps)
    assert np.abs(densities + sparsity - 1).max() < 1e-6
    lookahead = Lookahead(schedule)
    ahead = [lookahead.at(int(step)) for step in steps]
    assert [one.is_due for one in ahead] == due.tolist()
    assert [one.density for one in ahead] == densities.tolist()
    again = PruningSchedule.from_config(schedule.get_config())
    assert again.on(steps)[1].tobytes() == sparsity.tobytes()


@many
@given(st.floats() | st.integers(), st.integers(), st.integers())
def test_a_schedule_is_valid_or_refused_in_one_line(
    sparsity: float, begin: int, frequency: int
) -> None:
    told = "nothing"
    try:
        schedule = ConstantSparsity(sparsity, begin, frequency=frequency)
        assert 0 <= schedule.on(np.arange(5))[1].max() < 1
    except UsageError as error:
        told = str(error)
    assert told
    assert "\n" not in told


@many
@given(WEIGHTS, DENSITY)
def test_what_is_kept_is_no_smaller_than_what_is_dropped(
    weights: np.ndarray, density: np.float32
) -> None:
    before = weights.copy()
    keep = keep_count(weights.size, density)
    mask, threshold = select(weights, keep)
    magnitude = np.abs(weights)
    assert mask.sum() >= keep >= 1
    assert (magnitude[mask] >= threshold).all()
    assert (magnitude[~mask] < threshold).all()
    assert weights.tobytes() == before.tobytes()


@many
@given(st.lists(WEIGHTS, min_size=1, max_size=4), DENSITY)
def test_a_global_choice_is_one_threshold_and_empties_no_layer(
    weights: list[np.ndarray], density: np.float32
) -> None:
    numbers = range(len(weights))
    chosen = MaskRules(scope="global").masks(weights, [density] * len(weights), numbers, Selector())
    total = sum(values.size for values in weights)
    assert sum(int(mask.sum()) for mask, _ in chosen) >= keep_count(total, density)
    for (mask, threshold), values in zip(chosen, weights, strict=True):
        above = np.abs(values) >= threshold
        assert mask.any()
        assert np.array_equal(mask, above) if above.any() else mask.sum() == 1


@many
@given(
    st.lists(arrays.array_shapes(min_dims=2, max_dims=4, max_side=40), min_size=1, max_size=6),
    st.floats(0.01, 1),
)
def test_erk_shares_are_of_0_to_1_and_come_to_the_density(
    shapes: list[Any], density: float
) -> None:
    densities = erk_densities(shapes, density)
    sizes = np.array([np.prod(shape) for shape in shapes])
    assert ((densities > 0) & (densities <= 1)).all()
    assert np.isclose((densities * sizes).sum(), density * sizes.sum(), rtol=1e-5)


@many
@given(MATRICES, st.integers(2, 6), st.data())
def test_m_by_n_drops_so_many_of_every_whole_block(
    weights: np.ndarray, n: int, data: st.DataObject
) -> None:
    zeros = data.draw(st.integers(0, n - 1))
    mask = m_by_n_mask(weights, zeros, n)
    for start in range(0, weights.shape[0], n):
        block = mask[start : start + n]
        assert (block.sum(axis=0) == min(n - zeros, len(block))).all()
        for kept, values in zip(block.T, np.abs(weights[start : start + n]).T, strict=True):
            assert values[kept].min() >= values[~kept].max(initial=0)


@many
@given(MATRICES, DENSITY, st.tuples(st.integers(1, 4), st.integers(1, 4)), st.data())
def test_a_block_is_kept_or_dropped_as_a_whole(
    weights: np.ndarray, density: np.float32, block: tuple[int, int], data: st.DataObject
) -> None:
    rules = MaskRules(
        block_size=block,
        block_pooling_type=data.draw(st.sampled_from(["AVG", "MAX"])),
        criterion=data.draw(st.sampled_from(["magnitude", "random"])),
    )
    mask, _ = rules.masks([weights * np.float32(0.1)], [density], [0], Selector())[0]
    assert mask.shape == weights.shape
    assert mask.any()
    for row in range(0, weights.shape[0], block[0]):
        for column in range(0, weights.shape[1], block[1]):
            part = mask[row : row + block[0], column : column + block[1]]
            assert part.all() or not part.any()
