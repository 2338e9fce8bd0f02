"""What pruning publishes of a fit, for a recorder or whoever else follows it."""

from __future__ import annotations

from typing import Any

import pytest
from kinds import Arrays, Look, Make, fit

from prunelab import ConstantSparsity, PolynomialDecay, PruneLowMagnitude, PruningSchedule
from prunelab.errors import UsageError

GROWING = PolynomialDecay(0.2, 0.75, begin_step=1, end_step=5, frequency=2)


class Alternating(PruningSchedule):
    """Answers a step at a time."""

    def __call__(self, step: Any) -> tuple[Any, Any]:
        return step % 2 == 1, step / 10

    def get_config(self) -> dict[str, Any]:
        return {"class_name": "Alternating", "config": {}}


def _followed(model: Any, digits: Arrays, pruning: PruneLowMagnitude, **values: Any) -> list[Any]:
    """The records of one fit, each with what the callback says as its batch ends."""
    records: list[Any] = []
    now: list[Any] = []
    look = Look(
        on_train_begin=lambda _: pruning.follow(records.append),
        on_train_batch_end=lambda _: now.append(
            (pruning.step, [(one.path, one.sparsity, one.threshold) for one in pruning.weights])
        ),
    )
    fit(model, digits, pruning, look, **values)
    for record in records:
        if record.masks:
            assert (record.step, list(record.masks)) in now
    return records


def test_every_update_is_published_before_its_batch_trains(
    make_model: Make, digits: Arrays
) -> None:
    records = _followed(make_model(), digits, PruneLowMagnitude(GROWING), epochs=2)
    assert [record.step for record in records] == [1, 3, 5]
    scheduled = GROWING.on([1, 3, 5])[1].tolist()
    assert [record.scheduled_sparsity for record in records] == pytest.approx(scheduled)
    for record, sparsity in zip(records, scheduled, strict=True):
        assert [mask.sparsity for mask in record.masks] == pytest.approx(
            [sparsity] * len(record.masks), abs=0.02
        )
    assert all(mask.threshold > 0 for mask in records[-1].masks)


def test_of_a_schedule_that_answers_a_step_at_a_time_every_step_is_published(
    make_model: Make, digits: Arrays
) -> None:
    records = _followed(make_model(), digits, PruneLowMagnitude(Alternating()))
    assert [(record.step, bool(record.masks)) for record in records] == [
        (1, True),
        (2, False),
        (3, True),
    ]
    assert [record.scheduled_sparsity for record in records] == pytest.approx([0.1, 0.2, 0.3])


def test_the_next_fit_begins_without_followers_and_goes_on_in_steps(
    make_model: Make, digits: Arrays
) -> None:
    model = make_model()
    pruning = PruneLowMagnitude(ConstantSparsity(0.5, 1, frequency=1))
    first = _followed(model, digits, pruning)
    second = _followed(model, digits, pruning)
    assert [record.step for record in first] == [1, 2, 3]
    assert [record.step for record in second] == [4, 5, 6]


def test_nobody_follows_where_nothing_trains(make_model: Make, digits: Arrays) -> None:
    pruning = PruneLowMagnitude(GROWING)
    with pytest.raises(UsageError, match="has no model yet"):
        pruning.follow(print)
    fit(make_model(), digits, pruning)
    with pytest.raises(UsageError, match="does not train model"):
        pruning.follow(print)
