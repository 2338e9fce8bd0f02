"""Several schedules as one, for whoever asks a run for its schedule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from prunelab import ConstantSparsity, PruningSchedule, UsageError
from prunelab.pruning.session.schedule_lookahead import Lookahead, at_step
from prunelab.schedules import ScheduleByLayer, schedule_from_record, schedule_record

EARLY = ConstantSparsity(0.5, begin_step=2, frequency=2)
LATE = ConstantSparsity(0.8, begin_step=5, frequency=5)


def test_masks_change_where_any_does_and_sparsity_is_the_mean_by_size() -> None:
    both = ScheduleByLayer({"a": EARLY, "b": LATE}, {"a": 30, "b": 10})
    due, sparsity = both.on(np.arange(1, 7))
    assert due.tolist() == [False, True, False, True, True, True]
    assert sparsity == pytest.approx([0, 0.375, 0.375, 0.375, 0.575, 0.575])
    assert both.begin_step == 2


def test_sizes_are_counted_by_schedule() -> None:
    both = ScheduleByLayer({"a": EARLY, "b": LATE})
    both.count([(LATE, 5), (EARLY, 7), (LATE, 6)])
    assert both.sizes == {"a": 7, "b": 11}


def test_it_travels_as_plain_data() -> None:
    both = ScheduleByLayer({"a": EARLY, "b": LATE}, {"a": 30, "b": 10})
    again = schedule_from_record(schedule_record(both, 100))
    assert isinstance(again, ScheduleByLayer)
    assert again.get_config() == both.get_config()
    assert again.on(np.arange(9))[1].tolist() == both.on(np.arange(9))[1].tolist()


@pytest.mark.parametrize("wrong", [{}, None, [EARLY], {"a": 0.5}])
def test_without_schedules_it_is_refused(wrong: Any) -> None:
    with pytest.raises(UsageError):
        ScheduleByLayer(wrong)


def test_sizes_are_one_for_each() -> None:
    with pytest.raises(UsageError, match=r"sizes=.* must be one for each of \['a'\]"):
        ScheduleByLayer({"a": EARLY}, {"b": 1})


def test_every_schedule_is_asked_at_every_step_so_that_each_knows_its_density() -> None:
    asked: list[int] = []

    class Own(PruningSchedule):
        def __call__(self, step: int) -> tuple[bool, float]:
            asked.append(step)
            return False, 0.5

        def get_config(self) -> dict[str, Any]:
            return {"class_name": "Own", "config": {}}

    parts = [Lookahead(ConstantSparsity(0.5, 1, frequency=1)), Lookahead(Own())]
    scheduled = at_step(parts, 3)
    assert scheduled.is_due
    assert asked == [3]
    assert scheduled.of[1] == (False, 0.5, np.float32(0.5))
