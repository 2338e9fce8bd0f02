"""A training step that callbacks wrap: the model is left as it was, whoever goes first."""

from __future__ import annotations

from typing import Any

import pytest
from kinds import Make

from prunelab.errors import UsageError
from prunelab.keras_internals.step_wrapper import StepWrapper, WrapOrder
from prunelab.keras_internals.train_step import WrappedStep


def _wrapper(order: WrapOrder, seen: list[str]) -> StepWrapper:
    def wrapped(step: Any) -> Any:
        def train_step(data: Any) -> Any:
            seen.append(order.name)
            return step(data)

        return train_step

    return StepWrapper(order, wrapped)


@pytest.mark.parametrize("first", list(WrapOrder), ids=str)
def test_masks_stand_around_the_recorder_in_whatever_order_they_come(
    first: WrapOrder, make_model: Make
) -> None:
    model, seen = make_model(), list[str]()
    model.train_step = lambda data: {"loss": 0.0}
    own = vars(model)["train_step"]
    before = set(vars(model))
    wrappers = {order: _wrapper(order, seen) for order in WrapOrder}
    wrapped = WrappedStep(model)
    for order in (first, *(set(WrapOrder) - {first})):
        wrapped.attach(wrappers[order])
    model.train_step(None)
    assert seen == ["MASK", "RECORD"]
    wrapped.detach(wrappers[first])
    # Another's wrapper of that order is left alone.
    (left,) = wrapped.wrappers
    wrapped.detach(_wrapper(left, seen))
    assert list(wrapped.wrappers) == [left]
    wrapped.detach(wrappers[left])
    assert set(vars(model)) == before
    assert vars(model)["train_step"] is own


def test_a_second_wrapper_of_one_order_is_refused(make_model: Make) -> None:
    wrapped = WrappedStep(make_model())
    wrapped.attach(_wrapper(WrapOrder.RECORD, []))
    with pytest.raises(UsageError, match="with a RunRecorder already: give it one RunRecorder"):
        wrapped.attach(_wrapper(WrapOrder.RECORD, []))
    wrapped.refuse_second(WrapOrder.MASK)
